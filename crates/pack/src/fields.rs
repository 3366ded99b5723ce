//! What a request says, by name, whatever it is written in.

use crate::file::Carrier;
use dialect::{Form, Json, JsonObject, WireRequest, has_media_type};
use grant::{AuthMethod, Refusal, RefusalKind};

/// The parameters of a form or a query, or the members of a JSON object.
pub(crate) enum Fields<'b> {
    Form(Form<'b>),
    Json(JsonObject),
}

impl<'b> Fields<'b> {
    /// Reads a request that is written in one of these.
    pub(crate) fn read(request: &WireRequest<'b>, carriers: &[Carrier]) -> Result<Self, Refusal> {
        let has = |carrier| carriers.contains(&carrier);
        if has(Carrier::Query) && (request.method == "GET" || request.body.is_empty()) {
            return Form::read(request.query.unwrap_or_default().as_bytes()).map(Self::Form);
        }
        if has(Carrier::Json) && (!has(Carrier::Form) || has_media_type(request, JsonObject::MEDIA_TYPE)) {
            return JsonObject::from_request(request).map(Self::Json);
        }
        if has(Carrier::Form) {
            return Form::from_request(request).map(Self::Form);
        }
        let cause = "the request has a body, and this endpoint reads the query alone";
        Err(Refusal::new(RefusalKind::UnsupportedMediaType, cause))
    }

    /// The text of that name; an empty one counts as absent. A dot goes into a JSON object.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        match self {
            Self::Form(form) => Ok(form.get(name)),
            Self::Json(_) => match self.json(name) {
                None | Some(Json::Null) => Ok(None),
                Some(value) => match value.as_str() {
                    Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
                    None => Err(Refusal::malformed(name, "is no text, or holds a control character")),
                },
            },
        }
    }

    /// The value of that name in JSON.
    pub(crate) fn json(&self, name: &str) -> Option<&Json> {
        let Self::Json(object) = self else { return None };
        match (object.get(name), name.split_once('.')) {
            (Some(value), _) => Some(value),
            (None, Some((outer, inner))) => match object.get(outer)? {
                Json::Object(object) => object.get(inner),
                _ => None,
            },
            (None, None) => None,
        }
    }

    /// How credentials among them came.
    pub(crate) const fn method(&self) -> AuthMethod {
        match self {
            Self::Form(_) => AuthMethod::Form,
            Self::Json(_) => AuthMethod::Json,
        }
    }
}
