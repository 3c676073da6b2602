//! `alipay.offline.material.image.upload`: a picture's bytes for an id.
//!
//! Format by the first bytes, 5 MB at most. What a picture is for is known only when a template uses it, so the smaller
//! limits of logos and backgrounds are remarks there. Sources: spec table of the same name; card SEMANTICS 6, 14; UI 4.

use crate::ids;
use crate::image::format;
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::image::Image;

pub(crate) struct ImageUpload;

/// Bytes of all pictures of a merchant together; the platform's limit is not published.
const CAPACITY: u64 = 1 << 30;

#[derive(Deserialize)]
pub(crate) struct Params {
    image_type: String,
    image_name: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    image_id: String,
    image_url: String,
}

impl Method for ImageUpload {
    const NAME: &'static str = "alipay.offline.material.image.upload";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[
            Imitates::full("image_type"),
            Imitates::full("image_name"),
            Imitates::partly("image_content", "pictures only, no videos"),
            Imitates::ignored("image_pid", "internal to the platform"),
        ],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAM", "EXCEED_MAX_SIZE", "UNKNOWN_FORMAT", "INVALID_FILE_BYTES", "CAPACITY_EXCEEDED"],
        differs: &[
            "UNKNOWN_FORMAT is for the word in image_type, INVALID_FILE_BYTES for the bytes; no source tells them apart.",
            "A picture whose bytes are of another format than image_type says is taken, and flagged.",
            "A merchant may keep 1 GiB of pictures; the real limit is not published.",
            "image_url is an address of this server; a body beyond 8 MiB is refused before it is read, as isv.invalid-parameter.",
        ],
    };
    const KEEPS_FILES: bool = true;
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let Some((file, blob)) = call.file("image_content").and_then(|file| Some((&file.part, file.blob.clone()?))) else {
            return Err(Refused::business("INVALID_PARAM", "参数有误。image_content必须是文件").into());
        };
        let Some(said) = format::of_word(&params.image_type) else {
            return Err(Refused::business("UNKNOWN_FORMAT", "不支持的图片格式").into());
        };
        let Some(format) = format::of_bytes(&file.bytes) else {
            return Err(Refused::business("INVALID_FILE_BYTES", "图片内容无效").into());
        };
        let size = file.bytes.len() as u64;
        let kept = call.caller().pictures.bytes(call.world(), call.merchant());
        if kept + size > CAPACITY {
            return Err(Refused::business("CAPACITY_EXCEEDED", "图片空间已满").into());
        }
        if said != format {
            call.flag("image_type", format!("says {said}, but the bytes are {format}"));
        }
        let id = ids::image_id(call.chance());
        let hash = blob.hash().to_string();
        call.keep(blob);
        let merchant = call.merchant().clone();
        call.record(Image { id: id.clone(), merchant, name: params.image_name, format: format.to_owned(), size, hash });
        let caller = call.caller();
        Ok(Reply { image_url: format!("{}/image/{}/{id}", caller.address, caller.sandbox), image_id: id.to_string() })
    }
}

#[cfg(test)]
mod tests;
