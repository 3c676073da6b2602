//! Calls to merchants: one HTTP request out, one bounded answer in, kept in the journal with what was made of it.
//!
//! Only addresses that a merchant configured are called, and never our own listeners: the name is resolved here, each of its
//! addresses is looked at, and the connection goes to the very address that was looked at. No redirect is followed, no proxy
//! asked. One thread does it all, so that callers may wait with or without a runtime. Source: DESIGN "Pages and guards".

use crate::journal::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, SignatureVerdict};
use crate::sandbox::{Sandbox, real_now};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use parking_lot::{Mutex, RwLock};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Calls under way at once.
const AT_ONCE: usize = 64;
/// Bytes of an answer beyond which it is not read.
const ANSWER_LIMIT: usize = 256 << 10;

/// Why no answer came.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failed {
    /// The address cannot be called.
    #[error("`{0}` cannot be called: {1}")]
    BadAddress(String, &'static str),
    /// It leads to ourselves.
    #[error("{0} is this server itself, which is never called")]
    Ourselves(SocketAddr),
    /// The name means nothing, or nobody listens there.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The answer was cut off or is none.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// What came of a call.
pub type Came = Result<AnswerBytes, Failed>;

/// What was made of an answer, for the journal.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The outcome in a word, such as `success`.
    pub code: String,
    /// Why it is no success, in a word.
    pub sub_code: String,
    /// What was made of the answer's signature.
    pub signature: SignatureVerdict,
    /// Remarks.
    pub flags: Vec<Flag>,
}

/// A call to be made.
pub struct Trip {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: String,
    /// The application it is for.
    pub app: String,
    /// The request; its target is the whole address.
    pub request: RequestBytes,
    /// How long an answer may take, the connection included.
    pub patience: Duration,
    /// Looks at what came, before the exchange is kept.
    pub judge: Box<dyn FnOnce(&Came) -> Judged + Send>,
}

type Job = Box<dyn FnOnce(Arc<RwLock<Vec<SocketAddr>>>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The way out of a process.
#[derive(Default)]
pub struct Outgoing {
    jobs: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    ours: Arc<RwLock<Vec<SocketAddr>>>,
}

impl Outgoing {
    /// Names the addresses this process listens on: they are never called.
    pub fn forbid(&self, listeners: &[SocketAddr]) {
        self.ours.write().extend(listeners);
    }

    /// Makes a call; the answer comes once the exchange is in the sandbox's journal.
    pub fn go(&self, sandbox: &Sandbox, trip: Trip) -> oneshot::Receiver<Came> {
        let (told, answer) = oneshot::channel();
        let journal = sandbox.journal_handle();
        let at = sandbox.look(|_, now| now);
        let job: Job = Box::new(move |ours| {
            Box::pin(async move {
                let (begun, real, (id, trace)) = (Instant::now(), real_now(), journal.open());
                let Trip { provider, method, app, request, patience, judge } = trip;
                let came = match tokio::time::timeout(patience, call(&request, &ours)).await {
                    Ok(came) => came,
                    Err(_) => Err(Failed::TimedOut(patience)),
                };
                let Judged { code, sub_code, signature, mut flags } = judge(&came);
                if let Err(failed) = &came {
                    flags.push(Flag { path: String::new(), text: failed.to_string() });
                }
                journal.keep(Exchange {
                    id,
                    direction: Direction::Out,
                    provider,
                    method,
                    app: Some(app),
                    trace,
                    at,
                    real,
                    took_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
                    request,
                    answer: came.clone().unwrap_or_default(),
                    signature,
                    code,
                    sub_code,
                    flags,
                    events: None,
                });
                // whoever asked may have gone
                let _ = told.send(came);
            })
        });
        self.send(job);
        answer
    }

    fn send(&self, job: Job) {
        let mut jobs = self.jobs.lock();
        let way = jobs.get_or_insert_with(|| start(self.ours.clone()));
        // the thread lives as long as the sending side does
        let _ = way.send(job);
    }
}

/// Starts the thread; it ends when the last sender is gone.
fn start(ours: Arc<RwLock<Vec<SocketAddr>>>) -> mpsc::UnboundedSender<Job> {
    let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
        runtime.block_on(async move {
            let places = Arc::new(Semaphore::new(AT_ONCE));
            while let Some(job) = waiting.recv().await {
                let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
                let work = job(ours.clone());
                tokio::spawn(async move {
                    work.await;
                    drop(place);
                });
            }
        });
    };
    std::thread::Builder::new().name("kabao-outgoing".to_owned()).spawn(work).expect("a thread can be started");
    jobs
}

async fn call(request: &RequestBytes, ours: &RwLock<Vec<SocketAddr>>) -> Came {
    let bad = |why| Failed::BadAddress(request.target.chars().take(200).collect(), why);
    let uri: Uri = request.target.parse().map_err(|_| bad("it is no address"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => return Err(bad("TLS is not spoken yet: give an http address of the merchant's test machine")),
        _ => return Err(bad("it is not an http address")),
    }
    let (host, port) = (uri.host().filter(|host| !host.is_empty()).ok_or_else(|| bad("it names no host"))?, uri.port_u16().unwrap_or(80));
    let stream = connect(host.trim_start_matches('[').trim_end_matches(']'), port, ours).await?;
    let unreachable = |error: hyper::Error| Failed::Unreachable(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let running = tokio::spawn(connection);
    let answered = match sender.send_request(written(request, &uri)).await {
        Ok(response) => read(response).await,
        Err(error) => Err(Failed::BrokeOff(error.to_string())),
    };
    running.abort();
    answered
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

async fn read(response: Response<Incoming>) -> Came {
    let (head, mut body) = response.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| Failed::BrokeOff(error.to_string()))?.into_data() else { continue };
        if bytes.len() + data.len() > ANSWER_LIMIT {
            return Err(Failed::TooLarge(ANSWER_LIMIT));
        }
        bytes.extend_from_slice(&data);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Ok(AnswerBytes { status: head.status.as_u16(), headers, body: bytes.freeze() })
}
