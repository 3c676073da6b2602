//! Plain pictures, made here so that no file has to come along: PNG, one bit a pixel, stored without compression.

/// A picture in one colour, `width` by `height` pixels.
pub(super) fn plain_png(width: u32, height: u32) -> Vec<u8> {
    let row = width.div_ceil(8) as usize;
    let mut pixels = Vec::with_capacity((row + 1) * height as usize);
    for _ in 0..height {
        pixels.push(0);
        pixels.extend(std::iter::repeat_n(0xff, row));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut heading = [width.to_be_bytes(), height.to_be_bytes()].concat();
    heading.extend([1, 0, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &heading);
    chunk(&mut png, *b"IDAT", &stored(&pixels));
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

/// A zlib stream of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).expect("blocks are cut to fit");
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

/// What each byte does to the sum: a picture has eighty thousand, and is made for every set-up.
const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let (mut byte, mut place) = (0_u32, 0);
    while place < 256 {
        let (mut sum, mut bit) = (byte, 0);
        while bit < 8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
            bit += 1;
        }
        table[place] = sum;
        byte += 1;
        place += 1;
    }
    table
};

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |sum, byte| (sum >> 8) ^ CRC[usize::from(sum.to_le_bytes()[0] ^ byte)])
}

fn adler32(data: &[u8]) -> u32 {
    let (one, two) = data.iter().fold((1_u32, 0_u32), |(one, two), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (two + one) % 65_521)
    });
    (two << 16) | one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_is_as_large_as_asked_for_and_far_from_the_limits() {
        let png = plain_png(1020, 643);
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\xfc\0\0\x02\x83"));
        assert!(png.len() < 100_000);
    }
}
