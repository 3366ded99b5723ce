//! What bodies and answers look like, for the `OpenAPI` document.

use crate::JournalEntry;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Schemas by name.
pub(crate) type Named = Vec<(String, RefOr<Schema>)>;

/// What is sent or answered.
pub trait Shape {
    /// The media types that it may be of; none where nothing is sent.
    const MEDIA: &'static [&'static str] = &["application/json"];

    /// How many bytes of it are read at most.
    const LIMIT: usize = 1024 * 1024;

    /// Its schema. One with a name is referred to and added to `named`.
    fn schema(named: &mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema>;
}

/// A type whose schema has a name in the document.
pub trait HasName: ToSchema {}

macro_rules! named {
    ($($type:ident)+) => { $(impl HasName for crate::$type {})+ };
}

named! {
    ChangeView ClientSpec ClientView ClockAdvance ClockChange ClockView CodeReply CodeRequest DeviceDecision DeviceView GatewayView Inspection JournalEntry
    JwksView KeyOrder KeyView Misuse MountView NamespaceSpec NamespaceTtl NamespaceView PackDoc PackView PatReply PatRequest PatView Preview Problem Rates
    RotateRequest Scenario ScenarioSpec SetView SettingView TokenOrder TokenSelection TokenSet TokenText Trial TrialSpec UserSpec UserView
    Verified VerifySpec
}

pub(crate) fn refer<T: HasName>(name: String, schema: RefOr<Schema>, named: &mut Named) -> RefOr<Schema> {
    let reference = Ref::from_schema_name(&name);
    T::schemas(named);
    named.push((name, schema));
    reference.into()
}

impl<T: HasName> Shape for T {
    fn schema(named: &mut Named) -> RefOr<Schema> {
        refer::<T>(T::name().into_owned(), <T as PartialSchema>::schema(), named)
    }
}

impl<T: HasName> Shape for Vec<T> {
    fn schema(named: &mut Named) -> RefOr<Schema> {
        RefOr::T(ArrayBuilder::new().items(<T as Shape>::schema(named)).into())
    }
}

impl Shape for () {
    const MEDIA: &'static [&'static str] = &[];

    fn schema(_: &mut Named) -> RefOr<Schema> {
        <Self as PartialSchema>::schema()
    }
}

/// Any JSON object.
impl Shape for serde_json::Value {
    fn schema(_: &mut Named) -> RefOr<Schema> {
        object().into()
    }
}

fn object() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}

/// Text as Prometheus reads it (version 0.0.4 of the exposition format).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Text(pub String);

impl Shape for Text {
    const MEDIA: &'static [&'static str] = &["text/plain"];

    fn schema(_: &mut Named) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

/// Entries of the journal in one of its forms: an array, an HTTP Archive (an object), or text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JournalText(pub String);

impl Shape for JournalText {
    const MEDIA: &'static [&'static str] =
        &["application/json", "application/jsonl", "text/x-shellscript", "text/event-stream"];

    fn schema(named: &mut Named) -> RefOr<Schema> {
        let archive = object().description(Some("With `format=har`."));
        let text = ObjectBuilder::new().schema_type(Type::String);
        OneOfBuilder::new().item(<Vec<JournalEntry> as Shape>::schema(named)).item(archive).item(text).into()
    }
}

/// JSON values, one to a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lines(pub String);

impl Shape for Lines {
    const MEDIA: &'static [&'static str] = &["application/jsonl"];

    fn schema(_: &mut Named) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

/// A list in one of its forms: a page of it or, as JSON Lines or CSV, all of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed<T>(PhantomData<fn() -> T>);

impl<T: HasName + Shape> Shape for Listed<T> {
    const MEDIA: &'static [&'static str] =
        &["application/json", "application/jsonl", "application/x-ndjson", "text/csv"];

    fn schema(named: &mut Named) -> RefOr<Schema> {
        Page::<T>::schema(named)
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    /// The entries, sorted by their identifier.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: usize,
    /// What to send as `after` for the next page; left out on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// How many entries a page has where the call does not say.
    pub const DEFAULT: usize = 100;
    /// How many it may have.
    pub const MOST: usize = 1000;
}

impl<T: HasName + Shape> Shape for Page<T> {
    fn schema(named: &mut Named) -> RefOr<Schema> {
        let count = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let page = object()
            .property("items", <Vec<T> as Shape>::schema(named))
            .required("items")
            .property("total", count.description(Some("How many there are on all pages.")))
            .required("total")
            .property(
                "next",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some("What to send as `after` for the next page; left out on the last.")),
            );
        refer::<T>(format!("Page_{}", T::name()), RefOr::T(page.into()), named)
    }
}
