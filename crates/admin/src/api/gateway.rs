//! Which gateway answers, and the settings of its process.

use super::Call;
use super::problem::Problem;
use super::routes::Route;
use admin_api::{CallerView, GatewayView, Right, SettingView, operations};
use configuration::settings::{self, Kind, STORE_REPLICA, Setting, Unset};
use std::sync::LazyLock;
use std::time::Instant;

/// When the process began to serve the API.
static SINCE: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Begins to count for how long it has been running.
pub(super) fn begin() {
    LazyLock::force(&SINCE);
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(&operations::GET_GATEWAY, get_gateway),
        Route::at_once(&operations::LIST_SETTINGS, |call, ()| {
            Ok(settings::ALL.iter().map(|setting| view(call, setting)).collect())
        }),
    ]
}

async fn get_gateway(call: &Call, (): ()) -> Result<GatewayView, Problem> {
    let app = call.app();
    let changes = app.world.issuer.changes();
    let mut replicas = Vec::new();
    if let Some(changes) = &changes {
        // A store that does not answer is among what keeps it from being ready.
        let peers = changes.beat().await.map(|pulse| pulse.peers).unwrap_or_default();
        replicas.extend(peers.into_iter().map(|peer| peer.name));
    }
    let failed = app.not_ready().await.iter().map(|check| check.as_str().to_owned()).collect();
    let took = app.store_took().await;
    let rights = Right::EVERY.into_iter().filter(|right| right.is_in(&call.caller.rights));
    Ok(GatewayView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        public_url: app.world.base.clone(),
        store: if changes.is_some() { "redis" } else { "embedded" }.to_owned(),
        store_ms: took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        replica: changes.is_some().then(|| app.settings.text(STORE_REPLICA).map(str::to_owned)).flatten(),
        replicas,
        uptime_seconds: SINCE.elapsed().as_secs(),
        failed,
        test_features: call.world.rules.test_features,
        namespaces: app.worlds.all().iter().filter(|world| !world.is_over()).count(),
        journal: call.world.journal.last(),
        journal_dropped: call.world.journal.dropped(),
        caller: CallerView {
            name: call.caller.name.clone(),
            rights: rights.map(|right| right.as_str().to_owned()).collect(),
        },
    })
}

fn view(call: &Call, setting: &'static Setting) -> SettingView {
    let settings = &call.app().settings;
    let is_secret = matches!(setting.kind, Kind::Secret);
    let shown = |text: Option<&str>| match text {
        None => serde_json::Value::Null,
        Some(_) if is_secret => "set".into(),
        Some(text) => text.into(),
    };
    SettingView {
        name: setting.key.to_owned(),
        value: shown(settings.text(setting)),
        from: settings.source(setting).to_owned(),
        default: match setting.default {
            Unset::Is(text) => text.into(),
            Unset::Made(words) => words.into(),
            Unset::Nothing => serde_json::Value::Null,
        },
        allowed: setting.kind.words(),
        help: setting.help.to_owned(),
    }
}
