//! Says on standard output that the gateway is listening: for people, or as one line of JSON for whoever started it.

use crate::cli::{banner, output};
use crate::config::Config;
use serde_json::json;
use std::net::SocketAddr;

/// What to say once the addresses are known.
#[derive(Debug)]
pub struct Announcement {
    form: Form,
}

#[derive(Debug)]
enum Form {
    Json,
    Banner(banner::Banner),
    Nothing,
}

impl Announcement {
    /// What to say about `config`: JSON if asked for (`server.announce`), else the banner of the sandbox.
    pub fn new(config: &Config, is_sandbox: bool) -> Self {
        let form = if config.announce_json {
            Form::Json
        } else if is_sandbox {
            Form::Banner(banner::Banner::new(config))
        } else {
            Form::Nothing
        };
        Self { form }
    }

    /// Says it. Whether anybody reads it does not matter.
    pub fn print(&self, public: SocketAddr, admin: SocketAddr) {
        match &self.form {
            Form::Json => {
                let line = json!({ "event": "listening", "public": public.to_string(), "admin": admin.to_string() });
                output::line(&line.to_string());
            }
            Form::Banner(banner) => output::line(&banner.text(public, admin)),
            Form::Nothing => {}
        }
    }
}
