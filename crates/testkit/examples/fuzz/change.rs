//! How requests are changed.

use testkit::http;
use testkit::pairs::Request;

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or_default()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// A request in its parts; its framing is made when it is sent.
#[derive(Clone)]
pub(crate) struct Shape {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "get", "G"];
const HEADERS: &[(&str, &str)] = &[
    ("Upgrade", "h2c"),
    ("Upgrade", "websocket"),
    ("Upgrade", "TLS/1.2"),
    ("Connection", "Upgrade, HTTP2-Settings"),
    ("Connection", "keep-alive"),
    ("Connection", "close"),
    ("Expect", "100-continue"),
    ("Expect", "a miracle"),
    ("Origin", "https://app.test"),
    ("Access-Control-Request-Method", "POST"),
    ("X-Forwarded-For", "1.2.3.4, unknown"),
    ("X-Forwarded-Proto", "gopher"),
    ("Forwarded", "for=\"[::1\";proto="),
    ("X-Original-URI", "/%zz?\u{e9}"),
    ("Accept", "*/*;q=7, ,"),
    ("Cookie", "a; =b; idp_session=x; idp_session=y"),
    ("Range", "bytes=0-0"),
    ("If-None-Match", "*"),
    ("Content-Encoding", "gzip"),
    ("Authorization", "Basic"),
    ("Authorization", "Bearer a.b.c"),
    ("Authorization", "Basic OjpAOiU="),
    ("Host", "[::1]:99999"),
    ("Host", ""),
    ("Content-Type", "application/x-www-form-urlencoded; charset=\"utf-7\""),
    ("Content-Type", "multipart/form-data"),
];
const PARTS: &[&str] = &[
    "%",
    "%00",
    "%ff",
    "%zz",
    "&",
    "=",
    "&&==",
    "+",
    "{",
    "}",
    "[",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "1e999",
    "-0",
    "grant_type=",
    "code=",
    "scope=",
    "client_id=",
    "state=",
    "redirect_uri=http://[",
    "é",
    "\u{202e}",
    "..",
    "/",
    "//",
    "/../",
    "?",
    "#",
    ";",
    "~",
    "*",
    "refresh_token",
    "authorization_code",
    "prompt=none",
    "max_age=-1",
    "max_age=99999999999999999999",
    "id_token_hint=a.b.c",
    "response_mode=form_post",
    "99999999999999999999",
];

impl Shape {
    pub(crate) fn of(request: &Request) -> Self {
        let Request { method, target, headers, body } = request.clone();
        Self { method, target, headers, body: body.into_bytes() }
    }

    /// The bytes, whose length is always right.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let framing = |name: &str| ["content-length", "transfer-encoding"].contains(&&*name.to_ascii_lowercase());
        let kept = self.headers.iter().filter(|(name, _)| !framing(name));
        let headers: Vec<_> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::request(&self.method, &self.target, &headers, &self.body)
    }
}

/// One of the corpus with one to four changes.
pub(crate) fn changed(corpus: &[Shape], dice: &mut Dice) -> Shape {
    let mut shape = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(4) {
        let other = &corpus[dice.below(corpus.len())];
        match dice.below(10) {
            0 => shape.method = dice.of(METHODS).map_or_else(String::new, ToString::to_string),
            1 => shape.target.clone_from(&other.target),
            2 => shape.body.clone_from(&other.body),
            3 => shape.headers.clone_from(&other.headers),
            4 => {
                let at = dice.below(shape.headers.len() + 1);
                let (name, value) = dice.of(HEADERS).copied().unwrap_or_default();
                shape.headers.insert(at, (name.to_owned(), value.to_owned()));
            }
            5 if !shape.headers.is_empty() => drop(shape.headers.remove(dice.below(shape.headers.len()))),
            6 => shape.target = in_line(&spliced(shape.target.as_bytes(), dice), "/"),
            7 if !shape.headers.is_empty() => {
                let at = dice.below(shape.headers.len());
                shape.headers[at].1 = in_line(&spliced(shape.headers[at].1.as_bytes(), dice), "");
            }
            8 if dice.one_in(20) => {
                shape.headers.push(("X".repeat(1 << dice.below(17)), "y".repeat(1 << dice.below(17))));
            }
            _ => shape.body = spliced(&shape.body, dice),
        }
    }
    shape
}

/// Text that fits into a line of a head: neither its end nor a space, beginning as it must.
fn in_line(bytes: &[u8], begins: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text: String = text.chars().filter(|letter| !letter.is_control() && *letter != ' ').collect();
    if text.starts_with(begins) { text } else { format!("{begins}{text}") }
}

/// A part put in, taken out, doubled or made another.
fn spliced(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (from, to) = (dice.below(bytes.len() + 1), dice.below(bytes.len() + 1));
    let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 40));
    let between = match dice.below(4) {
        0 => Vec::new(),
        1 => bytes[from..to].repeat(2),
        2 => (0..dice.below(9)).map(|_| u8::try_from(dice.below(256)).unwrap_or_default()).collect(),
        _ => dice.of(PARTS).map_or_else(Vec::new, |part| part.as_bytes().to_vec()),
    };
    [&bytes[..from], &between, &bytes[to..]].concat()
}

/// The bytes of a request broken without regard to HTTP, or framed in two ways.
pub(crate) fn broken(bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes;
    for _ in 0..=dice.below(6) {
        bytes = match dice.below(6) {
            0 => [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", &*bytes].concat(),
            1 => {
                String::from_utf8_lossy(&bytes).replacen("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n", 1).into()
            }
            2 => String::from_utf8_lossy(&bytes).replacen("HTTP/1.1", "HTTP/1.0", 1).into(),
            3 => bytes[..dice.below(bytes.len())].to_vec(),
            4 => bytes.repeat(2),
            _ => spliced(&bytes, dice),
        };
    }
    bytes
}
