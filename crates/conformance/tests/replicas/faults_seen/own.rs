//! Faults of a gateway by itself, and of those who ask it.

use super::{Fault, TELEMETRY};
use crate::{basic, bits, get};
use anyhow::{Result, ensure};
use std::fs;
use std::net::TcpStream;
use std::process::Command;
use testkit::gateway::Gateway;
use testkit::http;
use testkit::tls::Ca;

const WELL: Option<[u16; 3]> = Some([200, 200, 200]);

/// One mount over the embedded store.
const MOUNT: &str = testkit::mounts!(bits);

fn started(more: &str) -> Result<Gateway> {
    let gateway = Gateway::start(&format!("{more}\n{TELEMETRY}{MOUNT}"))?;
    ensure!(bits(&gateway)?.status == 200, "a first key");
    Ok(gateway)
}

/// One that speaks TLS by files of its own; what is asked of it is asked at the listener for metrics, in plain HTTP.
fn over_tls(certificate: (String, String)) -> Result<(Gateway, tempfile::TempDir)> {
    let folder = tempfile::tempdir()?;
    let (chain, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    fs::write(&chain, certificate.0)?;
    fs::write(&key, certificate.1)?;
    let tls = format!("[server.tls]\ncertificate = \"{}\"\nkey = \"{}\"\n", chain.display(), key.display());
    Ok((Gateway::start(&format!("{tls}{TELEMETRY}{MOUNT}"))?, folder))
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        what: "the disk is full",
        health: Some([200, 200, 503]),
        metric: "idp_gateway_check{check=\"store\"} = 0",
        alert: "IdpGatewayStoreRefuses",
        log: "File too large",
        cause: |fault| {
            // A bound on the length of files, which the log of this process has not reached.
            let gateway = started("")?;
            let bound = "--fsize=4096";
            let set = Command::new("prlimit").args(["--pid", &gateway.pid().to_string(), bound]).status()?;
            ensure!(set.success(), "prlimit");
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "the store's file is removed",
        health: Some([200, 200, 503]),
        metric: "idp_gateway_check{check=\"store\"} = 0",
        alert: "IdpGatewayStoreRefuses",
        log: "was removed",
        cause: |fault| {
            let gateway = started("")?;
            fs::remove_file(gateway.directory().join("store.redb"))?;
            fault.shows(&gateway)?;
            let host = gateway.admin_address().to_string();
            let request = http::request("GET", "/v1/store/backup", &[("Host", &host)], b"");
            let backup = http::exchange(gateway.admin_address(), &request)?;
            ensure!(backup.status == 200 && backup.text().contains("{\"end\":"), "no backup: {}", backup.status);
            Ok(())
        },
    },
    Fault {
        what: "a reload is refused",
        health: WELL,
        metric: "idp_gateway_config_reloads_total{outcome=\"refused\"} = 1",
        alert: "IdpGatewayReloadRefused",
        log: "configuration refused, the one in force stays",
        cause: |fault| {
            let gateway = started("[server]\nwatch_config = false\n")?;
            gateway.write_config("[server]\nno_such_key = 1\n")?;
            gateway.signal("HUP")?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "the certificate nears its end",
        health: WELL,
        metric: "idp_gateway_tls_certificate_expiry_seconds > 1",
        alert: "IdpGatewayCertificateExpiring",
        log: "expires soon",
        cause: |fault| {
            let (gateway, _folder) = over_tls(Ca::new()?.issue_for(3)?)?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "a renewed certificate does not fit its key",
        health: WELL,
        metric: "idp_gateway_tls_certificate_reloads_total{outcome=\"refused\"} = 1",
        alert: "IdpGatewayCertificateRefused",
        log: "TLS certificate refused, the one in force stays",
        cause: |fault| {
            let ca = Ca::new()?;
            let (gateway, folder) = over_tls(ca.issue()?)?;
            fs::write(folder.path().join("tls.crt"), ca.issue()?.0)?;
            gateway.signal("HUP")?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "SIGTERM: it drains",
        health: Some([200, 503, 503]),
        metric: "idp_gateway_ready = 0",
        alert: "IdpGatewayNotReady",
        log: "stopping: no longer ready",
        cause: |fault| {
            let gateway = started("[server]\ndrain_delay_ms = 60000\n")?;
            gateway.signal("TERM")?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "clients hold all connections",
        health: WELL,
        metric: "idp_gateway_connections > 7",
        alert: "IdpGatewayConnectionsFull",
        log: "",
        cause: |fault| {
            let gateway = started("[server]\nmax_connections = 8\n")?;
            let held = (0..8).map(|_| TcpStream::connect(gateway.public())).collect::<Result<Vec<_>, _>>()?;
            fault.shows(&gateway)?;
            drop(held);
            Ok(())
        },
    },
    Fault {
        what: "a flood of wrong secrets",
        health: WELL,
        metric: "idp_gateway_requests_total{mount=\"bits\",endpoint=\"token\",outcome=\"invalid_client\"} > 99",
        alert: "",
        log: "refused",
        cause: |fault| {
            let gateway = started("")?;
            let secret = basic("batch", "wrong");
            let headers = [
                ("Host", "localhost"),
                ("Authorization", &*secret),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ];
            let request = http::request("POST", "/bits/v1/oauth2/token", &headers, b"grant_type=client_credentials");
            for _ in 0..100 {
                http::exchange(gateway.public(), &request)?;
            }
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "one request in a hundred fails by the gateway's own fault",
        health: WELL,
        metric: "idp_gateway_requests_total{mount=\"bits\",endpoint=\"token\",outcome=\"forced\"} > 0",
        alert: "",
        log: "",
        cause: |fault| {
            let gateway = started("")?;
            let forced = serde_json::json!({ "mount": "bits", "endpoint": "token", "error": "internal" });
            gateway.admin().call("POST", "/v1/scenarios", Some(&forced))?;
            ensure!(bits(&gateway)?.status >= 500);
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "a test has left the clock frozen",
        health: WELL,
        metric: "idp_gateway_clock_frozen = 1",
        alert: "IdpGatewayTestState",
        log: "/v1/clock",
        cause: |fault| {
            let gateway = started("")?;
            let frozen = serde_json::json!({ "freeze": 1_893_456_000 });
            gateway.admin().call("PUT", "/v1/clock", Some(&frozen))?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "the collector of traces is gone",
        health: WELL,
        metric: "idp_gateway_trace_exports_total{outcome=\"failed\"} > 0",
        alert: "",
        log: "traces are not sent",
        cause: |fault| {
            let traces = TELEMETRY.to_owned() + "otlp_endpoint = \"http://127.0.0.1:1\"\n";
            let gateway = Gateway::start(&format!("{traces}{MOUNT}"))?;
            get(&gateway, "/_gateway/jwks/bits", None)?;
            fault.shows(&gateway)
        },
    },
    Fault {
        what: "a stranger calls the admin API",
        health: WELL,
        metric: "",
        alert: "",
        log: "admin call refused",
        cause: |fault| {
            let gateway = started("[admin]\ntoken = \"a-token-of-the-test\"\n")?;
            let request = http::request("GET", "/v1/mounts", &[("Host", "localhost")], b"");
            ensure!(http::exchange(gateway.admin_address(), &request)?.status == 401);
            fault.shows(&gateway)
        },
    },
];
