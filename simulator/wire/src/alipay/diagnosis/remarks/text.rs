//! Q08, Q15, Q16, Q17, Q21 where they show in the text itself.

use super::Remark;
use crate::alipay::request::Opened;

/// HTML in names and values.
pub(super) fn always(opened: &Opened) -> Vec<Remark> {
    let mut found = Vec::new();
    if let Some(name) = opened.parameters.iter().find(|one| one.name.starts_with(b"amp;")) {
        let name = String::from_utf8_lossy(&name.name).into_owned();
        found.push(Remark::new(
            "Q17",
            &name,
            format!("the parameter is called {name}: the link was sent HTML-escaped, with &amp; for &"),
            format!("参数名为 {name}：链接以HTML转义形式发送（& 写成了 &amp;）"),
        ));
    }
    let swallowed = [("¬ify_url=", "&notify_url"), ("×tamp=", "&timestamp")];
    for one in opened.parameters.iter().filter(|one| !one.value.is_ascii()) {
        let Some((entity, meant)) = swallowed.iter().find(|(entity, _)| holds(&one.value, entity.as_bytes())) else { continue };
        let name = String::from_utf8_lossy(&one.name).into_owned();
        found.push(Remark::new(
            "Q17",
            &name,
            format!(
                "the value of {name} holds {entity}: a browser or editor decoded {meant} as HTML; copy the link instead of clicking it"
            ),
            format!("{name} 的值中出现 {entity}：{meant} 被当作HTML解码；请复制链接而不要点击"),
        ));
    }
    found
}

/// Characters and damage of `biz_content` that make it no JSON, or its signature another one.
pub(super) fn of_biz_content(opened: &Opened, code: Option<&str>) -> Option<Remark> {
    let content = opened.parameters.value("biz_content")?;
    let remark = |id, hint: String, hint_zh: String| Some(Remark::new(id, "biz_content", hint, hint_zh));
    if content.trim_ascii() == b"{" {
        return remark(
            "Q17",
            "biz_content is cut at its first quote: a hand-made HTML form did not escape it; write \" as &quot; in the attribute".into(),
            "biz_content 在第一个引号处被截断：手写的HTML表单未转义引号，属性值中 \" 应写为 &quot;".into(),
        );
    }
    if code == Some("invalid-signature") {
        if is_cut_inside_a_text(content) && !opened.parameters.iter().any(|one| one.name.contains(&b'"')) {
            let at = content.len();
            return remark(
                "Q17",
                format!(
                    "biz_content ends inside a text after {at} bytes: an unescaped ' in a hand-made HTML form does that (write &#39; in the \
                     attribute), or an unencoded # in a link"
                ),
                format!(
                    "biz_content 在第 {at} 字节处的文本中间结束：手写HTML表单中未转义的 ' 会造成截断（属性值中应写为 &#39;），链接中未编码的 # 亦然"
                ),
            );
        }
        // what follows explains why a text is no JSON, not why its signature is wrong
        return None;
    }
    if content.starts_with(b"%7B") || content.starts_with(b"%7b") {
        return remark(
            "Q08",
            "biz_content begins with %7B: it was percent-encoded twice".into(),
            "biz_content 以 %7B 开头：被URL编码了两次".into(),
        );
    }
    if content.windows(2).any(|pair| pair[0] == 0xed && pair[1] >= 0xa0) && std::str::from_utf8(content).is_err() {
        return remark(
            "Q15",
            "biz_content has characters beyond U+FFFF encoded as two surrogates (CESU-8); encode them as UTF-8".into(),
            "biz_content 中的四字节字符被编码为代理对（CESU-8）；应按UTF-8编码".into(),
        );
    }
    let text = std::str::from_utf8(content).ok()?;
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    let odd = text.char_indices().find(|(_, one)| matches!(one, '\u{0}'..='\u{1f}' | '\u{a0}' | '\u{feff}' | '\u{200b}' | '\u{2028}'));
    if let Some((at, one)) = odd {
        let point = u32::from(one);
        return remark(
            "Q16",
            format!("biz_content has the character U+{point:04X} at byte {at}, which JSON does not allow there ({error})"),
            format!("biz_content 第 {at} 字节处有字符 U+{point:04X}，JSON不允许出现在该位置"),
        );
    }
    if error.is_eof() && text.contains('{') {
        return remark(
            "Q17",
            format!("biz_content is cut off after {} bytes: an unescaped ' or \" in an HTML form does that", text.len()),
            format!("biz_content 在第 {} 字节处被截断：HTML表单中未转义的引号会造成这种情况", text.len()),
        );
    }
    None
}

/// Whether `content` is the beginning of a JSON object that ends before the quote that closes a text. One that is cut by an
/// unencoded `&` leaves a parameter with a quote in its name.
fn is_cut_inside_a_text(content: &[u8]) -> bool {
    let error = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(content).err();
    error.is_some_and(|error| error.is_eof() && error.to_string().contains("while parsing a string"))
}

/// Values that hold the name of a parameter with `=`.
pub(super) fn reserved(opened: &Opened) -> Vec<Remark> {
    let reserved = ["out_trade_no=", "total_fee="];
    let all = opened.parameters.iter().flat_map(|one| reserved.map(|name| (one, name)));
    all.filter(|(one, name)| holds(&one.value, name.as_bytes()))
        .map(|(one, name)| {
            let path = String::from_utf8_lossy(&one.name).into_owned();
            let hint = format!("the value of {path} holds {name}, which the platform takes for an attack; word it otherwise");
            let hint_zh = format!("{path} 的值中含有 {name}，平台视为可疑攻击；请更换写法");
            Remark::new("Q21", &path, hint, hint_zh)
        })
        .collect()
}

fn holds(value: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(value, what).is_some()
}
