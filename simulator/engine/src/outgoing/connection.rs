//! One connection out: the name resolved, each address looked at, TLS agreed on where the address asks for it, one request written, one bounded answer read.
//!
//! Time is the caller's to bound. Source: DESIGN "Pages and guards".

use super::tls::words;
use super::{Came, Failed};
use crate::journal::{AnswerBytes, RequestBytes};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use parking_lot::RwLock;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

/// Bytes of an answer's head beyond which it is not read.
const HEAD_LIMIT: usize = 64 << 10;

pub(super) async fn call(request: &RequestBytes, ours: &RwLock<Vec<SocketAddr>>, tls: Arc<ClientConfig>, most: usize) -> Came {
    let bad = |why| Failed::BadAddress(request.target.chars().take(200).collect(), why);
    let uri: Uri = request.target.parse().map_err(|_| bad("it is no address"))?;
    let usual = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(bad("it is not an http or https address")),
    };
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| bad("it names no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = connect(host, uri.port_u16().unwrap_or(usual), ours).await?;
    if usual == 80 {
        return over(stream, request, &uri, most).await;
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| bad("no certificate can be for its host"))?;
    match TlsConnector::from(tls).connect(name, stream).await {
        Ok(stream) => over(stream, request, &uri, most).await,
        Err(error) => Err(Failed::Tls(words(host, &error))),
    }
}

/// One request and its answer over a connection.
async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, request: &RequestBytes, uri: &Uri, most: usize) -> Came {
    let unreachable = |error: hyper::Error| Failed::Unreachable(error.to_string());
    let mut http = hyper::client::conn::http1::Builder::new();
    let (mut sender, connection) = http.max_buf_size(HEAD_LIMIT).handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    // ends with this call, however that ends: also when nobody waits any longer
    let mut running = JoinSet::new();
    running.spawn(connection);
    match sender.send_request(written(request, uri)).await {
        Ok(response) => read(response, most).await,
        Err(error) => Err(Failed::BrokeOff(error.to_string())),
    }
}

/// Connects to the first address of a name that takes the connection and is not ours.
async fn connect(host: &str, port: u16, ours: &RwLock<Vec<SocketAddr>>) -> Result<TcpStream, Failed> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|error| Failed::Unreachable(error.to_string()))?;
    let mut last = Failed::Unreachable(format!("`{host}` has no address"));
    for address in found {
        if is_ours(ours, address, false) {
            return Err(Failed::Ourselves(address));
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // from one address to the same: it is this machine, whatever the address is called
                let same = stream.local_addr().is_ok_and(|local| local.ip() == address.ip());
                return if same && is_ours(ours, address, true) { Err(Failed::Ourselves(address)) } else { Ok(stream) };
            }
            Err(error) => last = Failed::Unreachable(error.to_string()),
        }
    }
    Err(last)
}

fn is_ours(ours: &RwLock<Vec<SocketAddr>>, address: SocketAddr, on_this_machine: bool) -> bool {
    let (ip, loopback) = (address.ip().to_canonical(), address.ip().to_canonical().is_loopback());
    ours.read().iter().any(|listener| {
        let own = listener.ip().to_canonical();
        // an unspecified address leads to this machine as well, and a listener on it hears every address of the machine
        let meets = own == ip || (own.is_unspecified() && (loopback || on_this_machine)) || (ip.is_unspecified() && own.is_loopback());
        listener.port() == address.port() && (meets || (ip.is_unspecified() && own.is_unspecified()))
    })
}

fn written(request: &RequestBytes, uri: &Uri) -> Request<Full<Bytes>> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut out = Request::new(Full::new(request.body.clone()));
    *out.method_mut() = request.method.parse().unwrap_or(hyper::Method::POST);
    *out.uri_mut() = path.parse().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if let Ok(host) = HeaderValue::from_str(authority.rsplit('@').next().unwrap_or_default()) {
        out.headers_mut().insert(HOST, host);
    }
    out.headers_mut().insert(CONTENT_LENGTH, request.body.len().into());
    for (name, value) in &request.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            out.headers_mut().append(name, value);
        }
    }
    out
}

async fn read(response: Response<Incoming>, most: usize) -> Came {
    let (head, mut body) = response.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| Failed::BrokeOff(error.to_string()))?.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Failed::TooLarge(most));
        }
        bytes.extend_from_slice(&data);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Ok(AnswerBytes { status: head.status.as_u16(), headers, body: bytes.freeze(), ..AnswerBytes::default() })
}
