//! `record`: a client's calls passed on to the real vendor, and a pack drafted from them.

use super::exit::Usage;
use super::pack::folder;
use super::upstream::{LONGEST, Upstream};
use crate::{output, table};
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context;
use clap::Args;
use configuration::host::{is_loopback, without_port};
use draft::Call;
use pairs::{Request, Response};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The longest body of a call that is kept, in bytes.
const LONGEST_KEPT: usize = 64 * 1024;
/// How many calls are kept.
const MOST: usize = 1000;
/// What is between two neighbours alone (RFC 9110 section 7.6.1), or said anew. Answers are wanted as they are: not compressed.
const NEIGHBOURS: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "host",
    "content-length",
    "accept-encoding",
];

/// Pass a client's calls on to the real vendor, and draft a pack from them, without a credential in it.
///
/// Point the client at this address in the place of the vendor's. What comes and goes is passed on as it is and kept in memory alone;
/// what is written has no secret, token, code, password or cookie, by a list of what may be kept. It ends by SIGINT (Ctrl-C).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  idp-gateway record --upstream https://api.acme.example --out acme
  idp-gateway record --upstream https://api.acme.example \\
      --listen 127.0.0.1:9000 --out acme")]
pub(super) struct Record {
    /// Where the real vendor is.
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// Where the client calls: an address of loopback; port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The folder to write pack.toml, pairs.http and fixtures.json into. Its name is the pack's.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What passes calls on and keeps them.
struct Recorder {
    upstream: Upstream,
    out: PathBuf,
    /// What tells a request that has been here before.
    mark: String,
    calls: Mutex<Vec<Call>>,
}

impl Record {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if !is_loopback(self.listen.ip()) {
            let message =
                "--listen: credentials pass here in the clear, so it is an address of loopback: 127.0.0.1:9000";
            return Err(Usage(message.to_owned()).into());
        }
        folder::refuse_existing(&self.out)?;
        let upstream = Upstream::new(&self.upstream, "--upstream")?;
        let mark = format!("1.1 record-{:016x}", rand::random::<u64>());
        let recorder = Arc::new(Recorder { upstream, out: self.out.clone(), mark, calls: Mutex::default() });
        actix_web::rt::System::new().block_on(serve(Arc::clone(&recorder), self.listen))?;
        recorder.end();
        Ok(())
    }
}

async fn serve(recorder: Arc<Recorder>, listen: SocketAddr) -> anyhow::Result<()> {
    let shared = web::Data::from(Arc::clone(&recorder));
    let app = move || App::new().app_data(shared.clone()).default_service(web::to(pass));
    let server = HttpServer::new(app).workers(1).shutdown_timeout(1).bind(listen);
    let server =
        server.with_context(|| format!("cannot listen on {listen}: free the port or set --listen to another"))?;
    let at = server.addrs().first().copied().unwrap_or(listen);
    if recorder.upstream.addresses()?.iter().any(|address| address.port() == at.port() && is_own(*address)) {
        return Err(Usage("--upstream is where --listen is: calls would go round for ever".to_owned()).into());
    }
    output::line(&format!("http://{at} passes calls on to {}. Ctrl-C ends it.", recorder.upstream.url()));
    Ok(server.run().await?)
}

/// Whether an address is one of this machine's that everything here listens on.
fn is_own(address: SocketAddr) -> bool {
    is_loopback(address.ip()) || address.ip().is_unspecified()
}

async fn pass(request: HttpRequest, body: web::Payload, recorder: web::Data<Recorder>) -> HttpResponse {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let named = without_port(host).trim_matches(['[', ']']);
    let is_here = named == "localhost" || named.parse().is_ok_and(is_loopback);
    if !is_here {
        // A page of a stranger's in a browser of this machine.
        return told(StatusCode::MISDIRECTED_REQUEST, "call this address by localhost or its number");
    }
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| !NEIGHBOURS.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    if headers.iter().any(|(name, value)| name == "via" && value.contains(&recorder.mark)) {
        return told(StatusCode::LOOP_DETECTED, "this call was passed on here before: --upstream leads back");
    }
    if request.method() == "HEAD" || request.method() == "CONNECT" {
        return told(StatusCode::NOT_IMPLEMENTED, "HEAD and CONNECT are not passed on");
    }
    // Read after what is refused by the head alone: the body of CONNECT has no end.
    let Ok(Ok(body)) = body.to_bytes_limited(LONGEST).await else {
        return told(StatusCode::PAYLOAD_TOO_LARGE, &format!("a body of more than {LONGEST} bytes is not passed on"));
    };
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let method = request.method().to_string();
    let passed = web::block(move || recorder.pass(method, target, headers, &body)).await;
    match passed {
        Ok(Ok(answer)) => response(&answer),
        Ok(Err(error)) => told(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
        Err(_) => told(StatusCode::BAD_GATEWAY, "the recorder ends"),
    }
}

fn told(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(format!("idp-gateway record: {why}\n"))
}

fn response(answer: &Response) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponse::build(status);
    for (name, value) in
        answer.headers.iter().filter(|(name, _)| !NEIGHBOURS.contains(&name.to_ascii_lowercase().as_str()))
    {
        response.append_header((name.as_str(), value.as_str()));
    }
    response.body(answer.body.clone())
}

impl Recorder {
    fn pass(
        &self,
        method: String,
        target: String,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> anyhow::Result<Response> {
        let mut sent = headers.clone();
        sent.push(("Via".to_owned(), self.mark.clone()));
        let answer = self.upstream.ask(&method, &target, &sent, body)?;
        let path = target.split('?').next().unwrap_or_default();
        let line = format!("{method} {} {}", table::plain(path), answer.status);
        let (Ok(body), true) = (String::from_utf8(body.to_vec()), body.len().max(answer.body.len()) <= LONGEST_KEPT)
        else {
            output::error(&line);
            return Ok(answer);
        };
        let headers =
            std::iter::once(("Host".to_owned(), self.upstream.authority().to_owned())).chain(headers).collect();
        let call = Call { request: Request { method, target, headers, body }, answer: Some(answer.clone()) };
        output::error(&format!("{line}{}", if self.keep(call) { ", kept" } else { "" }));
        Ok(answer)
    }

    /// Keeps a call and drafts anew; whether there is a draft.
    fn keep(&self, call: Call) -> bool {
        let mut calls = self.calls.lock();
        if calls.len() >= MOST || !draft::is_token_call(&call) {
            return false;
        }
        calls.push(call);
        let drafted = draft::draft(&folder::vendor_of(&self.out), &calls);
        let written = drafted.and_then(|draft| folder::write(&self.out, &draft));
        if let Err(error) = &written {
            output::error(&format!("error: the draft is not written: {error:#}"));
        }
        written.is_ok()
    }

    fn end(&self) {
        let calls = self.calls.lock();
        if calls.is_empty() {
            output::line("No call for a token has passed: nothing is written.");
        } else if let Ok(draft) = draft::draft(&folder::vendor_of(&self.out), &calls) {
            folder::tell(&self.out, &draft);
        }
    }
}
