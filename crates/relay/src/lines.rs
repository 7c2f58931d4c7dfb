//! Connections to the provider that are kept for what is free.
//!
//! Whoever asks on one drives it: it has no task of its own, so an answer wakes nobody but its asker. That is half of
//! what a question costs.

use crate::upstream::{MAX_ANSWER, SendError, reply, text, words};
use axum::body::{Bytes, HttpBody};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::Full;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tower::{Service, ServiceExt};
use url::Url;
use veo_api::Reply;

const CONNECT: Duration = Duration::from_secs(5);
/// Servers close what is idle for a minute.
const KEPT: Duration = Duration::from_secs(50);
const MOST_IDLE: usize = 64;

type Question = Request<Full<Bytes>>;

/// All connections to one host.
pub(crate) struct Lines {
    connector: HttpsConnector<HttpConnector>,
    address: Uri,
    /// Before every path.
    base: String,
    headers: HeaderMap,
    idle: Mutex<VecDeque<(Instant, Box<Line>)>>,
}

impl Lines {
    /// To the host of `base`, with these headers on every question. `None` for an address that has none, and where
    /// there is no TLS.
    pub(crate) fn new(base: &Url, mut headers: HeaderMap) -> Option<Lines> {
        let host = base.host_str()?;
        let authority = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let address = format!("{}://{authority}/", base.scheme()).parse().ok()?;
        headers.insert(header::HOST, authority.try_into().ok()?);
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_platform_verifier(rustls::crypto::ring::default_provider())
            .ok()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let base = base.path().trim_end_matches('/').to_owned();
        Some(Lines { connector, address, base, headers, idle: Mutex::default() })
    }

    /// Asks once. A connection that was closed before the question could leave is replaced by a new one.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Reply, SendError> {
        let mut question = self.question(method, path, json)?;
        loop {
            let mut line = match self.take() {
                Some(line) => line,
                None => self.connect().await?,
            };
            match line.ask(question).await {
                Ok(answer) => {
                    self.keep(line);
                    return Ok(answer);
                }
                Err(Trouble::NotAsked(again)) => question = *again,
                Err(Trouble::Lost(words)) => return Err(SendError::Lost(words)),
            }
        }
    }

    fn question(&self, method: Method, path: &str, json: Option<String>) -> Result<Question, SendError> {
        let path = PathAndQuery::try_from([&self.base, "/", path].concat())
            .map_err(|error| SendError::Unsent(error.to_string()))?;
        let mut headers = self.headers.clone();
        if json.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut question = Request::new(Full::new(json.map(Bytes::from).unwrap_or_default()));
        *question.method_mut() = method;
        *question.uri_mut() = path.into();
        *question.headers_mut() = headers;
        Ok(question)
    }

    async fn connect(&self) -> Result<Box<Line>, SendError> {
        let mut connector = self.connector.clone();
        let connecting = async { connector.ready().await?.call(self.address.clone()).await };
        let stream = match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(SendError::Unsent(words(&*error))),
            Err(_) => return Err(SendError::Unsent("no connection in time".to_owned())),
        };
        let (asker, connection) =
            handshake(stream).await.map_err(|error| SendError::Unsent(words(&error)))?;
        Ok(Box::new(Line { asker, connection, has_ended: false }))
    }

    fn take(&self) -> Option<Box<Line>> {
        loop {
            let (since, mut line) = self.idle().pop_back()?;
            if since.elapsed() < KEPT && line.is_open() {
                return Some(line);
            }
        }
    }

    fn keep(&self, mut line: Box<Line>) {
        if !line.is_open() {
            return;
        }
        let mut idle = self.idle();
        while idle.front().is_some_and(|(since, _)| since.elapsed() >= KEPT) || idle.len() >= MOST_IDLE {
            idle.pop_front();
        }
        idle.push_back((Instant::now(), line));
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Instant, Box<Line>)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection.
struct Line {
    asker: SendRequest<Full<Bytes>>,
    connection: Connection<MaybeHttpsStream<TokioIo<TcpStream>>, Full<Bytes>>,
    has_ended: bool,
}

/// Why there is no answer.
enum Trouble {
    /// The connection had ended before the question left.
    NotAsked(Box<Question>),
    /// It may have arrived.
    Lost(String),
}

impl Line {
    /// Whether a question can leave. Until it does nobody is woken by what happens on the connection.
    fn is_open(&mut self) -> bool {
        work(&mut self.connection, &mut self.has_ended, &mut nobody());
        !self.has_ended && self.asker.is_ready()
    }

    async fn ask(&mut self, question: Question) -> Result<Reply, Trouble> {
        let Line { asker, connection, has_ended } = self;
        // Only the connection's own work moves an answer on, so that alone needs to wake anybody.
        let mut answer = pin!(asker.try_send_request(question));
        let answered = poll_fn(|cx| {
            work(connection, has_ended, cx);
            answer.as_mut().poll(&mut nobody())
        });
        let response = answered.await.map_err(|mut error| match error.take_message() {
            Some(question) => Trouble::NotAsked(Box::new(question)),
            None => Trouble::Lost(words(error.error())),
        })?;
        let (head, mut body) = response.into_parts();
        let reply = reply(head.status, &head.headers);
        // It lies in the connection's buffer, which takes a new one as long as somebody holds it.
        drop(head);
        let mut bytes = Vec::new();
        loop {
            let frame = poll_fn(|cx| match Pin::new(&mut body).poll_frame(&mut nobody()) {
                Poll::Pending => {
                    work(connection, has_ended, cx);
                    Pin::new(&mut body).poll_frame(&mut nobody())
                }
                frame => frame,
            });
            let Some(frame) = frame.await else { return Ok(Reply { body: text(bytes), ..reply }) };
            let frame = frame.map_err(|error| Trouble::Lost(words(&error)))?;
            let Ok(chunk) = frame.into_data() else { continue };
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(Trouble::Lost("the answer is too long".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

/// Reads and writes what is there to be read and written.
fn work(connection: &mut (impl Future + Unpin), has_ended: &mut bool, cx: &mut Context<'_>) {
    *has_ended = *has_ended || Pin::new(connection).poll(cx).is_ready();
}

fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const CHUNKED: &str =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    const BROKEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello";

    /// A host that gives each connection these answers and then closes it, and how many it was asked for.
    async fn host(answers: &'static [&'static str]) -> (Lines, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}/base/", listener.local_addr().unwrap())).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                for answer in answers {
                    let mut head = [0; 4096];
                    let read = stream.read(&mut head).await.unwrap();
                    assert!(head[..read].starts_with(b"GET /base/a?b=c HTTP/1.1\r\n"));
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        (Lines::new(&base, HeaderMap::new()).unwrap(), connections)
    }

    async fn ask(lines: &Lines) -> Result<String, SendError> {
        lines.ask(Method::GET, "a?b=c", None).await.map(|reply| reply.body)
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_one_that_was_closed_is_replaced() {
        let (lines, connections) = host(&[PLAIN, CHUNKED]).await;
        for opened in [1, 1, 2, 2, 3] {
            assert_eq!(ask(&lines).await, Ok("hello".to_owned()));
            assert_eq!(connections.load(Ordering::SeqCst), opened);
            // The end of the connection has arrived.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_lost_and_a_host_that_is_not_there_was_not_asked() {
        let (lines, connections) = host(&[BROKEN]).await;
        assert!(matches!(ask(&lines).await, Err(SendError::Lost(_))));
        assert_eq!(connections.load(Ordering::SeqCst), 1, "asked once");
        let closed = Url::parse("http://127.0.0.1:9/").unwrap();
        let nobody = Lines::new(&closed, HeaderMap::new()).unwrap();
        assert!(matches!(ask(&nobody).await, Err(SendError::Unsent(_))));
    }
}
