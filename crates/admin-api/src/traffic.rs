//! Requests and answers as the journal keeps them: of what may be a secret its name and length alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Traffic {
    /// The request.
    pub request: Message,
    /// The answer, as its dialect wrote it.
    pub answer: Message,
}

/// A request or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Message {
    /// The header fields, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Member>,
    /// The parameters of the query, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<Member>,
    /// The body; none where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<MessageBody>,
}

/// A body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MessageBody {
    /// Its media type, without parameters; none where it has none that is usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Its length in bytes.
    pub length: usize,
    /// The parameters of a form or the members of a JSON object; none where it is neither, or cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Member>>,
}

/// A header field, a parameter of a form or a query, or a member of a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Member {
    /// Its name; none where it does not look like one, for then it may be a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its value, where that is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The members of an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub members: Option<Vec<Self>>,
    /// How long its value is, in bytes.
    pub length: usize,
}
