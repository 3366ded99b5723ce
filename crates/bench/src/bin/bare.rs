//! The least an actix-web server can do for a token request: read a form, answer a small JSON.
#![allow(clippy::disallowed_types, reason = "the plain web::Form is what is measured")]

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use clap::Parser;
use std::collections::HashMap;
use std::net::SocketAddr;

// The gateway's allocator, so that the comparison is of code and not of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bare actix-web handler with one worker: POST /token.
#[derive(Parser)]
struct Arguments {
    /// The address to listen on.
    #[arg(long)]
    listen: SocketAddr,
}

async fn token(form: web::Form<HashMap<String, String>>) -> HttpResponse {
    if form.contains_key("grant_type") {
        HttpResponse::Ok()
            .content_type(ContentType::json())
            .body(r#"{"type":"Bearer","access_token":"bare","expires_in":3600,"scope":"application"}"#)
    } else {
        HttpResponse::BadRequest().finish()
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let listen = Arguments::parse().listen;
    HttpServer::new(|| {
        App::new().route("/token", web::post().to(token)).route("/ready", web::get().to(HttpResponse::Ok))
    })
    .workers(1)
    .bind(listen)?
    .run()
    .await
}
