//! Plain pictures, made here so that no file has to come along: PNG in one colour, all of its pixels one number that is repeated,
//! so that a picture of any size is a few hundred bytes. Source: RFC 1950, RFC 1951 (fixed codes), the PNG specification.

/// The one colour: jasmine tea.
const COLOUR: [u8; 3] = [0xe8, 0xd9, 0x9a];

/// A picture in one colour, `width` by `height` pixels.
pub(super) fn plain_png(width: u32, height: u32) -> Vec<u8> {
    // one bit a pixel, and before each row the number of its filter: nought everywhere
    let length = (width.div_ceil(8) as usize + 1) * height as usize;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut heading = [width.to_be_bytes(), height.to_be_bytes()].concat();
    heading.extend([1, 3, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &heading);
    chunk(&mut png, *b"PLTE", &COLOUR);
    chunk(&mut png, *b"IDAT", &noughts(length));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("pictures are small");
    png.extend(length.to_be_bytes());
    let begins = png.len();
    png.extend(kind);
    png.extend(data);
    let check = crc32(&png[begins..]);
    png.extend(check.to_be_bytes());
}

/// A zlib stream of so many noughts: one, and then the same again, 258 at most at a time.
fn noughts(length: usize) -> Vec<u8> {
    /// Codes stand with their first bit first, everything else with its last.
    const NOUGHT: (u32, u32) = (0b0000_1100, 8);
    const SAME_258_AGAIN: (u32, u32) = (0b1010_0011, 8);
    const ONE_BACK: (u32, u32) = (0, 5);
    let mut bits = Bits::default();
    // the last block, with fixed codes
    bits.add((0b011, 3));
    let repeated = length.saturating_sub(1) / 258;
    for _ in 0..length - repeated * 258 {
        bits.add(NOUGHT);
    }
    for _ in 0..repeated {
        bits.add(SAME_258_AGAIN);
        bits.add(ONE_BACK);
    }
    // the end
    bits.add((0, 7));
    let mut stream = vec![0x78, 0x01];
    stream.extend(bits.bytes());
    stream.extend(adler32_of_noughts(length).to_be_bytes());
    stream
}

#[derive(Default)]
struct Bits {
    whole: Vec<u8>,
    begun: u32,
    count: u32,
}

impl Bits {
    fn add(&mut self, (bits, count): (u32, u32)) {
        self.begun |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.whole.push(self.begun.to_le_bytes()[0]);
            self.begun >>= 8;
            self.count -= 8;
        }
    }

    fn bytes(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.whole.push(self.begun.to_le_bytes()[0]);
        }
        self.whole
    }
}

/// The sum of a text of noughts: its first half stays one, its second counts the letters.
fn adler32_of_noughts(length: usize) -> u32 {
    let count = u32::try_from(length % 65_521).expect("a remainder of a number of two bytes");
    (count << 16) | 1
}

fn crc32(data: &[u8]) -> u32 {
    !data
        .iter()
        .fold(!0_u32, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // zlib's own, of a thousand noughts
        assert_eq!(adler32_of_noughts(1_000), 0x03e8_0001);
    }

    #[test]
    fn a_picture_is_read_with_the_size_that_was_asked_for_and_in_one_colour_and_is_small() {
        for (width, height) in [(1, 1), (7, 3), (500, 500), (1020, 643)] {
            let png = plain_png(width, height);
            assert!(png.len() < 1_000);
            let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut picture = decoder.read_info().unwrap();
            let mut pixels = vec![0; picture.output_buffer_size().unwrap()];
            let frame = picture.next_frame(&mut pixels).unwrap();
            picture.finish().unwrap();
            assert_eq!((frame.width, frame.height), (width, height));
            assert!(pixels.chunks(3).all(|pixel| pixel == COLOUR));
        }
    }
}
