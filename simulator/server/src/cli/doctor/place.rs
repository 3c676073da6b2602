//! Clock, charset, environment and addresses. An address is connected to, never called; only those that were given.

use super::finding::{Finding, State};
use super::setup::Setup;
use std::path::Path;
use std::time::Duration;
use wire::alipay::DeclaredCharset;

/// The check whose failure alone means exit code 3.
pub(super) const REACHABLE: &str = "reachable";
const PATIENCE: Duration = Duration::from_secs(3);

/// The zone a server's local times are in.
pub(super) fn clock(zone: Option<&str>) -> Finding {
    let variable = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    let name = zone.map(str::to_owned).or(variable);
    let file = match name.as_deref() {
        Some(name) => Path::new("/usr/share/zoneinfo").join(name.trim_start_matches(':').trim_start_matches('/')),
        None => Path::new("/etc/localtime").to_owned(),
    };
    judged(name.as_deref(), std::fs::read(file).ok().as_deref())
}

/// A zone by its name and its file, whose last line says today's rule (RFC 8536, 3.3).
fn judged(name: Option<&str>, file: Option<&[u8]>) -> Finding {
    const CHECK: &str = "clock zone";
    let footer = file.and_then(|bytes| {
        let bytes = bytes.strip_suffix(b"\n")?;
        let line = bytes.rsplit(|byte| *byte == b'\n').next()?;
        std::str::from_utf8(line).ok().map(str::to_owned)
    });
    // without a file the C library takes the name for a rule, and no name for UTC
    let rule = footer.or_else(|| name.map(str::to_owned)).unwrap_or_else(|| "UTC0".to_owned());
    let shown = name.map_or_else(|| rule.clone(), |name| format!("{name} ({rule})"));
    match rule.as_str() {
        "CST-8" | "<+08>-8" | "HKT-8" | "SGT-8" => Finding::right(CHECK, format!("{shown}: Beijing time"), format!("{shown}：北京时间")),
        rule if rule.starts_with("UTC") || rule.starts_with("GMT0") || rule == "<UTC>0" => Finding::doubtful(
            CHECK,
            "Q18",
            format!("{shown}: UTC. Only the Java SDKs force Beijing time; with others set TZ=Asia/Shanghai"),
            format!("{shown}：UTC。只有Java SDK强制使用北京时间；其他SDK请设置 TZ=Asia/Shanghai"),
        ),
        _ => Finding::doubtful(
            CHECK,
            "Q18",
            format!("{shown}: not Beijing time. Only the Java SDKs force it; with others set TZ=Asia/Shanghai"),
            format!("{shown}：不是北京时间。只有Java SDK强制使用北京时间；其他SDK请设置 TZ=Asia/Shanghai"),
        ),
    }
}

/// Charset, and whether number and gateway belong to one environment.
pub(super) fn settings(setup: &Setup) -> Vec<Finding> {
    vec![charset(setup), environment(setup), gateway(setup), notify(setup)]
}

fn charset(setup: &Setup) -> Finding {
    const CHECK: &str = "charset";
    let in_url = setup.gateway.as_deref().and_then(|url| url.split_once('?')).and_then(|(_, query)| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == "charset").map(|(_, value)| value.to_owned())
    });
    let Some(charset) = setup.charset.as_deref() else { return Finding::not_given(CHECK, "--charset") };
    if DeclaredCharset::of(charset.as_bytes()).is_none() {
        return Finding::wrong(
            CHECK,
            Some("Q11"),
            format!("{charset} is none of utf-8, gbk, gb2312, gb18030"),
            format!("{charset} 不是 utf-8、gbk、gb2312、gb18030 之一"),
        );
    }
    match in_url {
        Some(other) if other != charset => Finding::wrong(
            CHECK,
            Some("Q13"),
            format!("{charset} is configured, {other} stands in the gateway's address: the letters must be the same"),
            format!("配置为 {charset}，网关地址中为 {other}：两处必须完全一致"),
        ),
        _ => Finding::right(CHECK, charset, charset),
    }
}

fn environment(setup: &Setup) -> Finding {
    const CHECK: &str = "environment";
    let Some(app_id) = setup.app_id.as_deref() else { return Finding::not_given(CHECK, "--app-id") };
    if app_id.len() != 16 || !app_id.starts_with("20") && !app_id.starts_with("9021") || !app_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Finding::wrong(
            CHECK,
            Some("Q02"),
            format!("{app_id} is no app_id: 16 digits, 20… or 9021…"),
            format!("{app_id} 不是app_id：应为16位数字，以20或9021开头"),
        );
    }
    let production = !app_id.starts_with("9021");
    let host = setup.gateway.as_deref().and_then(host_of).unwrap_or_default();
    let real = host == "openapi.alipay.com";
    if !host.is_empty() && production != real {
        let (number, place) = if production { ("production", "sandbox") } else { ("sandbox", "production") };
        let (number_zh, place_zh) = if production { ("生产环境", "沙箱") } else { ("沙箱", "生产环境") };
        return Finding::wrong(
            CHECK,
            Some("Q02"),
            format!("{app_id} is a {number} number, {host} a {place} gateway: take both from one environment"),
            format!("{app_id} 是{number_zh}应用，{host} 是{place_zh}网关：须来自同一环境"),
        );
    }
    let (words, words_zh) = if production { ("production", "生产环境") } else { ("sandbox", "沙箱") };
    Finding::right(CHECK, format!("{app_id}: {words}"), format!("{app_id}：{words_zh}"))
}

fn gateway(setup: &Setup) -> Finding {
    const CHECK: &str = "gateway";
    let Some(url) = setup.gateway.as_deref() else { return Finding::not_given(CHECK, "--gateway") };
    let Some(host) = host_of(url) else {
        return Finding::wrong(CHECK, None, format!("{url} is no http address"), format!("{url} 不是http地址"));
    };
    if matches!(host.as_str(), "openapi.alipaydev.com" | "openapi-sandbox.alipaydev.com") {
        return Finding::wrong(
            CHECK,
            Some("Q30"),
            format!("{host} is the old sandbox, its certificate is out of date: openapi-sandbox.dl.alipaydev.com, or kabao"),
            format!("{host} 是旧沙箱，证书已过期：请使用 openapi-sandbox.dl.alipaydev.com 或 kabao"),
        );
    }
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    if path != "/gateway.do" && !path.is_empty() && path != "/" {
        return Finding::wrong(
            CHECK,
            Some("Q50"),
            format!("its path is {path}, not /gateway.do"),
            format!("路径为 {path}，应为 /gateway.do"),
        );
    }
    Finding::right(CHECK, url, url)
}

fn notify(setup: &Setup) -> Finding {
    const CHECK: &str = "notify_url";
    let Some(url) = setup.notify_url.as_deref() else { return Finding::not_given(CHECK, "--notify-url") };
    let Some(host) = host_of(url) else {
        return Finding::wrong(CHECK, None, format!("{url} is no http address"), format!("{url} 不是http地址"));
    };
    if url.contains('?') {
        return Finding::doubtful(
            CHECK,
            "Q58",
            "it has a query string: verify only the parameters of the body, or the signature fails",
            "地址带有查询串：只对请求体中的参数验签，否则会失败",
        );
    }
    let real = setup
        .gateway
        .as_deref()
        .and_then(host_of)
        .is_some_and(|gateway| gateway.ends_with(".alipay.com") || gateway.ends_with(".alipaydev.com"));
    let local =
        host == "localhost" || host.starts_with("127.") || host.starts_with("192.168.") || host.starts_with("10.") || host == "[::1]";
    if real && local {
        return Finding::wrong(
            CHECK,
            Some("Q60"),
            format!("{host} cannot be reached from the real platform"),
            format!("真实平台无法访问 {host}"),
        );
    }
    Finding::right(CHECK, url, url)
}

/// Whether somebody answers at the addresses that were given.
pub(super) async fn reach(setup: &Setup) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, url) in [("gateway", &setup.gateway), ("notify_url", &setup.notify_url)] {
        let Some((url, host, port)) = url.as_deref().and_then(|url| Some((url, host_of(url)?, port_of(url)?))) else { continue };
        let connected = tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect((host.trim_matches(['[', ']']), port))).await;
        found.push(match connected {
            Ok(Ok(_)) => {
                Finding::new(REACHABLE, State::Right, format!("{name}: {host}:{port} answers"), format!("{name}：{host}:{port} 可连接"))
            }
            Ok(Err(error)) => Finding::wrong(
                REACHABLE,
                None,
                format!("{name}: {url} does not answer ({error})"),
                format!("{name}：{url} 无法连接（{error}）"),
            ),
            Err(_) => {
                Finding::wrong(REACHABLE, None, format!("{name}: {url} does not answer within 3 s"), format!("{name}：{url} 3秒内无应答"))
            }
        });
    }
    found
}

/// The host of an http address, without port.
fn host_of(url: &str) -> Option<String> {
    let host = authority(url)?;
    let end = if host.starts_with('[') { host.find(']').map(|at| at + 1)? } else { host.find(':').unwrap_or(host.len()) };
    Some(host[..end].to_ascii_lowercase()).filter(|host| !host.is_empty())
}

/// The port of an http address, written or by its scheme.
pub(super) fn port_of(url: &str) -> Option<u16> {
    let host = authority(url)?;
    let written = host.rsplit_once(':').filter(|(before, _)| !before.contains('[') || before.ends_with(']')).map(|(_, port)| port);
    match written {
        Some(port) => port.parse().ok(),
        None => Some(if url.starts_with("https://") { 443 } else { 80 }),
    }
}

fn authority(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beijing_time_is_right_and_everything_else_is_doubted_by_its_name() {
        for (name, file, expected) in [
            (None, Some("TZif2…\nCST-8\n"), State::Right),
            (Some("Asia/Singapore"), Some("TZif2…\n<+08>-8\n"), State::Right),
            (None, Some("TZif2…\nUTC0\n"), State::Doubtful),
            (None, None, State::Doubtful),
            (Some("UTC"), None, State::Doubtful),
            (Some("Europe/Berlin"), Some("TZif2…\nCET-1CEST,M3.5.0,M10.5.0/3\n"), State::Doubtful),
        ] {
            let found = judged(name, file.map(str::as_bytes));
            assert_eq!(found.state, expected, "{name:?} {file:?}");
            assert_eq!(found.trap, (expected == State::Doubtful).then_some("Q18"));
        }
        assert!(judged(None, None).text.contains("UTC"));
    }

    #[test]
    fn host_and_port_are_read_from_an_address() {
        for (url, host, port) in [
            ("http://127.0.0.1:8600/gateway.do", "127.0.0.1", 8600),
            ("https://openapi.alipay.com/gateway.do?charset=utf-8", "openapi.alipay.com", 443),
            ("http://[::1]:80/x", "[::1]", 80),
            ("http://[::1]/x", "[::1]", 80),
            ("http://user@Host/x", "host", 80),
        ] {
            assert_eq!((host_of(url).as_deref(), port_of(url)), (Some(host), Some(port)), "{url}");
        }
        assert_eq!(host_of("ftp://x"), None);
        assert_eq!(port_of("http://x:port"), None);
    }
}
