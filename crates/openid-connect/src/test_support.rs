//! What the unit tests share: the contract, and the dialect under some settings.

use crate::{KIND, OpenIdConnect, Parts};
use dialect::Context;
use grant::{Endpoint, GrantType, Login};
use serde_json::Value;
use testkit::dialects::{Scene, Stage, sample};

pub(crate) fn dialect(settings: Value) -> OpenIdConnect {
    let Value::Object(settings) = settings else { panic!("settings are an object") };
    OpenIdConnect::new(&settings, Parts::STANDARD).unwrap()
}

pub(crate) fn stage() -> Stage {
    Stage::new(KIND, env!("CARGO_MANIFEST_DIR"))
}

pub(crate) const fn context(endpoint: Endpoint) -> Context<'static> {
    Context {
        endpoint,
        path: "/",
        issuer: "https://openid.test",
        back_channel: None,
        request_id: "0b8f4e3c-6f0e-4f6e-9d3b-3f1c5a7e2d10",
        asked: &dialect::Nothing,
    }
}

/// A client granted some scopes by Jane.
pub(crate) fn jane(scope: &str) -> Scene {
    let (stage, scene) = (stage(), stage().scene("web", scope));
    Scene {
        grant_type: GrantType::AuthorizationCode,
        user: stage.user("248289761001"),
        login: Some(Login { sid: sample("hex32").into(), auth_time: scene.now - 9, ..Login::default() }),
        ..scene
    }
}
