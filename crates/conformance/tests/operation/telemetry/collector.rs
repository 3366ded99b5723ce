//! A collector that keeps what it gets: OTLP over HTTP, as its specification has it.

use anyhow::Result;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// A span that came, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) span: Span,
    /// What the service says of itself.
    pub(crate) resource: Vec<(String, String)>,
}

impl Got {
    /// The trace's id in hexadecimal digits.
    pub(crate) fn trace(&self) -> String {
        hex(&self.span.trace_id)
    }

    /// The text or number of an attribute.
    pub(crate) fn attribute(&self, key: &str) -> Option<String> {
        let found = self.span.attributes.iter().find(|attribute| attribute.key == key)?;
        found.value.clone()?.value.map(text)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn text(value: Value) -> String {
    match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// A collector on a free port, for as long as the process runs.
#[derive(Debug)]
pub(crate) struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, bodies) = (listener.local_addr()?, Arc::<Mutex<_>>::default());
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Ok(Self { address, bodies })
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All bytes that came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().concat()
    }

    /// All spans that came; an error where a body is none of a trace export.
    pub(crate) fn spans(&self) -> Result<Vec<Got>> {
        let bodies = self.bodies.lock().clone();
        let mut all = Vec::new();
        for body in bodies {
            for of_resource in ExportTraceServiceRequest::decode(body.as_slice())?.resource_spans {
                let about = of_resource.resource.map(|resource| resource.attributes).unwrap_or_default();
                let about =
                    about.into_iter().filter_map(|attribute| Some((attribute.key, text(attribute.value?.value?))));
                let resource: Vec<_> = about.collect();
                let spans = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
                all.extend(spans.map(|span| Got { span, resource: resource.clone() }));
            }
        }
        Ok(all)
    }
}

/// Answers each POST to `/v1/traces` on one connection.
fn serve(stream: TcpStream, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length, mut media) = (String::new(), 0, String::new());
        reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match &*name.to_ascii_lowercase() {
                "content-length" => length = value.parse().ok()?,
                "content-type" => value.clone_into(&mut media),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let is_right = first.starts_with("POST /v1/traces HTTP/1.1") && media == "application/x-protobuf";
        let status = if is_right { "200 OK" } else { "400 Bad Request" };
        if is_right {
            kept.lock().push(body);
        }
        write!(reader.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok()?;
    }
}
