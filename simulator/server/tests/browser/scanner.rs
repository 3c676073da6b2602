//! A scanner at the till: reads the code in a picture of a phone.

use rxing::helpers::detect_in_luma;

/// What a code in a PNG picture says; nothing when there is none.
pub(crate) fn scan(picture: &[u8]) -> Option<String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    // green weighs most in what eyes and scanners call brightness, and codes are black on white
    let samples = frame.color_type.samples();
    let luma: Vec<u8> = bytes[..frame.buffer_size()].chunks_exact(samples).map(|pixel| pixel[usize::from(samples >= 3)]).collect();
    detect_in_luma(luma, frame.width, frame.height, None).ok().map(|found| found.getText().to_owned())
}
