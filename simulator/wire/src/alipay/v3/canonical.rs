//! What is signed: the lines of a request and of an answer, each ended by a line feed, the last one too (PROTOCOL C).

/// The bytes a request's signature is over. `target` is the request target as it stands on the request line, `body` the raw
/// body, or the text of the part `data` of a multipart one; the last line only stands when the header
/// `alipay-app-auth-token` is sent.
pub fn string_to_sign(auth_string: &str, http_method: &str, target: &str, body: &[u8], app_auth_token: Option<&str>) -> Vec<u8> {
    let mut lines = vec![auth_string.as_bytes(), http_method.as_bytes(), target.as_bytes(), body];
    lines.extend(app_auth_token.map(str::as_bytes));
    join(&lines)
}

/// The bytes an answer's signature is over: the values of `alipay-timestamp` and `alipay-nonce`, and the body as sent.
pub fn answer_to_sign(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    join(&[timestamp.as_bytes(), nonce.as_bytes(), body])
}

fn join(lines: &[&[u8]]) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text
}
