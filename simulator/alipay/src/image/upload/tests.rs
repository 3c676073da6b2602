//! Checks of `alipay.offline.material.image.upload`.

use crate::check::{Shop, check};
use engine::log::BlobHash;
use world::image::Image;
use world::merchant::Era;

#[test]
fn a_picture_gets_an_id_and_an_address_and_its_bytes_are_kept() {
    let mut shop = Shop::new(7, Era::UserId);
    testkit::check(
        &mut shop,
        "
        > alipay.offline.material.image.upload image_type=jpg image_name=logo image_content=file:jpeg:1000
        < 10000 image_id~AAACMAAQEC image_url~http://127.0.0.1:8600/image/demo/ image_id>I
        expect no remark
        > alipay.offline.material.image.upload image_type=gif image_name=logo image_content=file:png:1000
        < 10000
        expect a remark on image_type
        ",
    );
    let (format, hash) =
        shop.look(|world, _| world.images().iter().map(|image| (image.format.clone(), image.hash.clone())).next().unwrap());
    assert_eq!(format, "jpeg");
    let bytes = shop.platform.engine.log().blob(BlobHash::from_hex(&hash).unwrap()).unwrap().unwrap();
    assert_eq!(bytes.len(), 1_000);
}

#[test]
fn what_is_no_picture_is_refused_by_its_own_code() {
    check(
        "
        > alipay.offline.material.image.upload image_type=svg image_name=logo image_content=file:png:100
        < 40004 UNKNOWN_FORMAT
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:svg:100
        < 40004 INVALID_FILE_BYTES
        > alipay.offline.material.image.upload image_type=png image_name=logo
        < 40004 INVALID_PARAM sub_msg~image_content
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=text
        < 40004 INVALID_PARAM sub_msg~文件
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:png:5242881
        < 40004 EXCEED_MAX_SIZE
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:png:5242880
        < 10000
        ",
    );
}

#[test]
fn a_merchants_pictures_have_a_limit_together() {
    let mut shop = Shop::new(7, Era::UserId);
    let merchant = shop.look(|world, _| world.merchants().iter().next().unwrap().id.clone());
    let image =
        Image { id: "I".into(), merchant, name: String::new(), format: "png".to_owned(), size: (1 << 30) - 100, hash: String::new() };
    shop.record(image);
    testkit::check(
        &mut shop,
        "
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:png:101
        < 40004 CAPACITY_EXCEEDED
        > alipay.offline.material.image.upload image_type=png image_name=logo image_content=file:png:100
        < 10000
        ",
    );
}

#[test]
fn the_method_is_handed_bytes_that_were_copied_and_named_before() {
    use crate::method::Method;
    // hashing five megabytes while the sandbox stands still would hold up every other call
    const { assert!(super::ImageUpload::KEEPS_FILES) };
    let text = include_str!("../upload.rs");
    assert!(!text.contains("Blob::new") && !text.contains("images().iter()"), "run copies, hashes or sums again");
}
