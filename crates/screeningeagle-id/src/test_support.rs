//! What the unit tests share: the contract and the fixtures' first client and user.

use crate::{KIND, ScreeningEagle};
use dialect::Context;
use grant::{Endpoint, Scopes};
use serde_json::Value;
use testkit::dialects::{Scene, Stage};

pub(crate) fn dialect(settings: Value) -> ScreeningEagle {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    ScreeningEagle::new(&settings).unwrap()
}

pub(crate) fn stage() -> Stage {
    Stage::new(KIND, env!("CARGO_MANIFEST_DIR"))
}

pub(crate) const fn context(endpoint: Endpoint) -> Context<'static> {
    Context {
        endpoint,
        path: "/api/id/v1/auth/token",
        issuer: "Screening Eagle ID",
        back_channel: None,
        request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
        asked: &dialect::Nothing,
    }
}

/// The documented client and its user, granted some scopes with a refresh token.
pub(crate) fn granted(scope: &str) -> Scene {
    let scene = stage().scene("integration-dev-VNZQqDt4Hv", scope);
    let refresh = Some((Scopes::parse(scope).unwrap(), scene.now + 15_552_000));
    Scene { user: stage().user("1302"), refresh, ..scene }
}
