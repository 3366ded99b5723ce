//! How a call of the API is declared.

use crate::shape::{Listed, Named, Page, Shape};
use crate::{Right, rules};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::marker::PhantomData;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// A call that is sent with a `B` and answered with an `A`. `()` is no body, or 204.
#[derive(Debug)]
pub struct Operation<B, A> {
    /// What is known of it without its types.
    pub about: About,
    types: PhantomData<fn(B) -> A>,
}

/// A call without the types of what it takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name, in capitals.
    pub name: &'static str,
    /// The heading under which the manual has it.
    pub section: &'static str,
    /// What its caller must have.
    pub right: Right,
    /// The HTTP method.
    pub method: &'static str,
    /// The path; `{mount}` and the like each stand for one segment.
    pub path: &'static str,
    /// What its query may have.
    pub query: &'static [Query],
    /// What is sent.
    pub(crate) body: Kind,
    /// What is answered.
    pub(crate) answer: Kind,
    /// What it does, as lines.
    help: &'static [&'static str],
}

/// What is sent or answered: its media types, and how its schema is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) media: &'static [&'static str],
    pub(crate) limit: usize,
    pub(crate) schema: fn(&mut Named) -> RefOr<Schema>,
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Its name.
    pub name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) schema: fn() -> Schema,
}

impl Query {
    /// How many entries a call asks for.
    pub(crate) const LIMIT: Self = Self { name: "limit", help: "How many entries at most.", schema: limit };
}

fn limit() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number
        .minimum(Some(1))
        .maximum(Some(i64::try_from(Page::<()>::MOST).unwrap_or(i64::MAX)))
        .default(Some(Page::<()>::DEFAULT.into()))
        .into()
}

impl<B: Shape, A: Shape> Operation<B, A> {
    pub(crate) const fn new(
        section: &'static str,
        name: &'static str,
        right: Right,
        (method, path): (&'static str, &'static str),
        query: &'static [Query],
        help: &'static [&'static str],
    ) -> Self {
        let body = Kind { media: B::MEDIA, limit: B::LIMIT, schema: B::schema };
        let answer = Kind { media: A::MEDIA, limit: A::LIMIT, schema: A::schema };
        Self { about: About { name, section, right, method, path, query, body, answer, help }, types: PhantomData }
    }
}

impl<T> Operation<(), Listed<T>> {
    /// The same call, for those who want pages.
    pub const fn pages(&self) -> Operation<(), Page<T>> {
        Operation { about: self.about, types: PhantomData }
    }
}

impl<B, A> Operation<B, A> {
    /// Where it is called, with `names` in the places of the path's parameters, percent-encoded.
    pub fn url(&self, names: &[&str]) -> String {
        self.about.url(names)
    }
}

impl About {
    /// The media types that its body may be of; none where it comes without.
    pub const fn body_media(&self) -> &'static [&'static str] {
        self.body.media
    }

    /// How many bytes its body may have.
    pub const fn body_limit(&self) -> usize {
        self.body.limit
    }

    /// Whether it comes with a body.
    pub const fn has_body(&self) -> bool {
        !self.body.media.is_empty()
    }

    /// Whether it is answered with one.
    pub const fn has_answer(&self) -> bool {
        !self.answer.media.is_empty()
    }

    /// What its query may have beside its own: which namespace it is about.
    pub fn namespace(&self) -> Option<Query> {
        let help = "The namespace that the call is about; left out, what is outside any.";
        let schema = if self.spans_namespaces() { rules::namespaces } else { rules::namespace };
        self.path.starts_with("/v1/").then_some(Query { name: "namespace", help, schema })
    }

    /// Whether it can be about all namespaces at once: `namespace=*`.
    pub fn spans_namespaces(&self) -> bool {
        self.path == "/v1/journal" && self.method == "GET"
    }

    /// Whether each call is for the audit: it changes something, or shows a secret, and so needs more than to look.
    pub const fn is_audited(&self) -> bool {
        matches!(self.right, Right::All | Right::Test)
    }

    /// What it does, in full.
    pub fn help(&self) -> String {
        self.help.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// What it does, in one sentence.
    pub fn summary(&self) -> String {
        let help = self.help();
        help.split_once(". ").map_or(help.clone(), |(first, _)| format!("{first}."))
    }

    fn url(&self, names: &[&str]) -> String {
        let mut names = names.iter();
        let segments = self.path.split('/').map(|segment| match segment.strip_prefix('{').and_then(|_| names.next()) {
            Some(name) => utf8_percent_encode(name, NON_ALPHANUMERIC).to_string(),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}
