//! A listener's server.

use crate::ending::Ending;
use crate::plain;
use crate::stream::Stream;
use actix_http::error::DispatchError;
use actix_http::{ConnectionType, Extensions, HttpService, Request};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_tls::accept::TlsError;
use actix_tls::accept::rustls_0_23::{Acceptor, TlsStream};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceResponse};
use std::fmt::Debug;
use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// How long a connection may take to end after its last answer. The stream needs less.
const DISCONNECT: Duration = Duration::from_secs(2);

/// How a listener serves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many threads serve; 0: as many as there are cores.
    pub workers: usize,
    /// How long the head of a request may take, and a TLS handshake.
    pub head_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long requests under way may take at the end; less than a second counts as one.
    pub shutdown_timeout: Duration,
    /// How many connections there may be at once; others wait to be accepted.
    pub max_connections: usize,
}

impl Options {
    /// A listener with one thread and so many connections, for whom the gateway's users are not: heads of 5 s, idle for 75 s,
    /// which is longer than load balancers and scrapers are.
    pub const fn small(max_connections: usize, shutdown_timeout: Duration) -> Self {
        let (head_timeout, keep_alive) = (Duration::from_secs(5), Duration::from_secs(75));
        Self { workers: 1, head_timeout, keep_alive, shutdown_timeout, max_connections }
    }
}

/// Among the data of a connection that is one too many: its first answer is its last.
#[derive(Clone, Copy, Debug)]
pub struct Crowded;

/// What a listener needs to speak TLS.
pub type Tls = rustls::ServerConfig;

/// How a request came, among its connection's data.
#[derive(Clone, Debug)]
pub struct Transport {
    /// Whether by TLS.
    pub is_tls: bool,
    ending: Rc<Ending>,
}

/// Serves what `app` makes on `listener`, in TLS where it is given, while the returned future is polled. `on_connect`
/// puts data with each connection.
pub fn serve<F, I, S, B>(
    listener: TcpListener,
    options: Options,
    tls: Option<Tls>,
    on_connect: impl Fn(&mut Extensions) + Clone + Send + 'static,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let workers = match options.workers {
        0 => available_parallelism().map_or(1, NonZero::get),
        workers => workers,
    };
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(options.max_connections.div_ceil(workers))
        .shutdown_timeout(options.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let stop = builder.graceful_shutdown_signal();
    let is_tls = tls.is_some();
    let on_connect = move |ending: Rc<Ending>, data: &mut Extensions| {
        data.insert(Transport { is_tls, ending });
        on_connect(data);
    };
    let builder = match tls {
        None => builder.listen("http", listener, move || {
            let opened = fn_service(move |io: TcpStream| {
                let peer = opened(&io);
                ready(Ok((Stream::new(io, options.head_timeout), peer)))
            });
            opened.and_then(http(options, stop.clone(), on_connect.clone(), app()))
        }),
        Some(mut tls) => {
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            builder.listen("https", listener, move || {
                let patience = options.head_timeout;
                let mut acceptor = Acceptor::new(tls.clone());
                acceptor.set_handshake_timeout(patience);
                fn_service(move |io| async move { plain::turn_away(io, patience).await.map_err(TlsError::Tls) })
                    .and_then(acceptor.map_err(TlsError::into_service_error))
                    .map(move |io: TlsStream<TcpStream>| {
                        let peer = opened(io.get_ref().0);
                        (Stream::new(io, patience), peer)
                    })
                    .and_then(http(options, stop.clone(), on_connect.clone(), app()).map_err(TlsError::Service))
            })
        }
    }?;
    Ok(builder.run())
}

/// Answers are sent at once; who is at the connection's other end.
fn opened(connection: &TcpStream) -> Option<SocketAddr> {
    // A connection that has ended meanwhile says so when it is read.
    let _ = connection.set_nodelay(true);
    connection.peer_addr().ok()
}

/// HTTP/1.1 over a connection's stream.
fn http<T, I, S, B>(
    options: Options,
    stop: GracefulShutdownSignal,
    on_connect: impl Fn(Rc<Ending>, &mut Extensions) + 'static,
    app: I,
) -> impl ServiceFactory<(Stream<T>, Option<SocketAddr>), Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let stop = stop.clone();
            async move { stop.notified().await }
        })
        .keep_alive(options.keep_alive)
        // The stream has deadlines for heads, of which this would be the first one's alone.
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(DISCONNECT)
        .on_connect_ext(move |stream: &Stream<T>, data| {
            on_connect(stream.ending(), data);
            data.insert(stream.cut());
            if let Some(gone) = stream.gone() {
                data.insert(gone);
            }
        })
        .h1(map_config(app, |()| AppConfig::default()).map(closing))
}

/// The answer, which says that it is the last one where nothing more is read (RFC 9112 section 9.6).
fn closing<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let request = response.request();
    let is_last = request.conn_data::<Transport>().is_some_and(|transport| transport.ending.is_last_answer());
    if is_last || request.conn_data::<Crowded>().is_some() {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}
