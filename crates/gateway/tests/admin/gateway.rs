//! The sandbox with an admin listener and a public one on free ports, and a client of both.

use actix_web::{HttpServer, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use configuration::{Environment, Flags, Source};
use issuer::Issuer;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use store::Embedded;
use surface::app::App;
use surface::live::Live;

/// A running gateway. Its thread ends with the test process.
pub(crate) struct Gateway {
    pub(crate) admin: SocketAddr,
    pub(crate) public: SocketAddr,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The head in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Gateway {
    pub(crate) fn start() -> Self {
        Self::start_with(Arc::new(Embedded::in_memory().unwrap()), None)
    }

    pub(crate) fn start_with(store: Arc<Embedded>, token: Option<&str>) -> Self {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (admin, public) = (listen(), listen());
        let gateway = Self { admin: admin.local_addr().unwrap(), public: public.local_addr().unwrap() };
        let variables = [("IDP_GATEWAY__ADMIN__TOKEN", token.unwrap_or_default())];
        let mut config = configuration::load(Source::Sandbox, &Environment::from(variables), Flags::default()).unwrap();
        config.server.listen = gateway.public;
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = App::new(config, Issuer::new(store));
                admin::overrides::load(&app.world).await.unwrap();
                let live = web::Data::new(Live::new(app));
                let admin = admin::server(live.clone(), admin).unwrap();
                let public_app = move || {
                    actix_web::App::new().app_data(live.clone()).default_service(web::to(surface::http::handle))
                };
                let public = HttpServer::new(public_app).workers(1).disable_signals().listen(public).unwrap().run();
                let (admin, public) = tokio::join!(admin, public);
                admin.and(public).unwrap();
            });
        });
        gateway
    }

    /// An admin call with JSON, or with no body where `body` is empty.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> Reply {
        let media = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        self.call_with(method, path, media, body)
    }

    /// An admin call with these header lines.
    pub(crate) fn call_with(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let length = body.len();
        exchange(
            self.admin,
            &format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}",
                self.admin
            ),
        )
    }

    /// The status and JSON of a successful call.
    pub(crate) fn ok(&self, method: &str, path: &str, body: &str) -> Value {
        let reply = self.call(method, path, body);
        assert_eq!(reply.status, 200, "{method} {path}: {reply:?}");
        reply.json()
    }

    pub(crate) fn done(&self, method: &str, path: &str) {
        let reply = self.call(method, path, "");
        assert_eq!((reply.status, &*reply.body), (204, ""), "{method} {path}");
    }

    /// The problem of a refused call; it must be one of RFC 9457 with a remedy.
    pub(crate) fn refused(&self, status: u16, method: &str, path: &str, body: &str) -> Value {
        let reply = self.call(method, path, body);
        problem(&reply, status)
    }

    /// The status of a token request to BizzAssure.
    pub(crate) fn token(&self, id: &str, secret: &str) -> Reply {
        let body = format!(r#"{{"client_id":"{id}","client_secret":"{secret}","scopes":["employee.get"]}}"#);
        let length = body.len();
        exchange(
            self.public,
            &format!(
                "POST /bizzassure{TOKEN_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            ),
        )
    }

    /// A form for the public listener.
    pub(crate) fn post_form(&self, path: &str, body: &str) -> Reply {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        );
        exchange(self.public, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// A form for the public listener by HTTP Basic.
    pub(crate) fn form(&self, path: &str, basic: &str, body: &str) -> Reply {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n",
            BASE64_STANDARD.encode(basic)
        );
        exchange(self.public, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// A GET of the public listener with a bearer token.
    pub(crate) fn get_with(&self, path: &str, token: &str) -> Reply {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
        exchange(self.public, &format!("{head}Connection: close\r\n\r\n"))
    }
}

const TOKEN_PATH: &str = "/v1/auth/token";

pub(crate) fn problem(reply: &Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{reply:?}");
    assert!(reply.head.contains("\r\ncontent-type: application/problem+json\r\n"), "{reply:?}");
    let problem = reply.json();
    assert_eq!(problem["status"], status, "{reply:?}");
    for member in ["type", "title", "detail", "remedy"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}: {reply:?}");
    }
    problem
}

/// Sends bytes and reads until the other side closes.
pub(crate) fn exchange(address: SocketAddr, request: &str) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: format!("{}\r\n", head.to_ascii_lowercase()), body: body.to_owned() }
}
