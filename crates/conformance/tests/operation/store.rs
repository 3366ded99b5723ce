//! The store as a whole, by the command line: what the manual says of backups and upgrades is run, line by line.

use anyhow::{Context, Result, ensure};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use testkit::fixture;
use testkit::gateway::{self, Gateway};
use testkit::vendor::{BRIGHTHR, Tokens};
use testkit::{Redis, tree, wait_until};

const VERSION: &str = "0.1.0";

/// What a command wrote to both of its outputs; an error where its exit status is another than is due.
fn run(folder: &Path, admin: &str, line: &str, is_good: bool) -> Result<String> {
    let words = line.split('#').next().unwrap_or_default().split_whitespace().skip(1);
    let mut command = Command::new(gateway::binary()?);
    command.args(words).current_dir(folder).env("IDP_GATEWAY__ADMIN__LISTEN", admin);
    let output = command.output()?;
    let said = String::from_utf8([output.stdout, output.stderr].concat())?;
    ensure!(output.status.success() == is_good, "{line}: {} {said}", output.status);
    Ok(said)
}

/// The commands of the manual's section, block by block.
fn manual() -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(tree::root().join("docs/operations.md"))?;
    let section = text.split("\n## Upgrades and backups\n").nth(1).context("no section")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let block = |block: &str| block.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).map(block).collect())
}

/// A folder with what a gateway left behind, and a configuration of it.
fn folder() -> Result<(tempfile::TempDir, String)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("store.redb");
    fs::copy(fixture::folder(VERSION).join("embedded.redb"), &file)?;
    fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    let config = format!("{}[store]\npath = \"{}\"\n", fixture::read(VERSION, "mounts.toml")?, file.display());
    fs::write(folder.path().join("gateway.toml"), &config)?;
    Ok((folder, config))
}

/// Everything in a store does what it did.
fn hold(config: &str) -> Result<()> {
    fixture::manifest(VERSION, "embedded.json")?.hold(&Gateway::start(config)?)
}

#[test]
fn s11_the_manuals_commands_carry_everything() -> Result<()> {
    let blocks = manual()?;
    ensure!(blocks.len() == 4, "{blocks:?}");
    let (folder, config) = folder()?;
    let (redis, folder) = (Redis::start()?, folder.path());
    let url = redis.url();
    let run_all = |admin: &str, block: &[String]| {
        block.iter().try_for_each(|line| {
            let line = line.replace("redis://127.0.0.1:6379", &url);
            run(folder, admin, &line, true).map(drop)
        })
    };
    let mut gateway = Gateway::start(&config)?;
    run_all(&gateway.admin_address().to_string(), &blocks[0])?;
    let backup = folder.join("idp-gateway.backup");
    ensure!(fs::metadata(&backup)?.permissions().mode() & 0o777 == 0o600, "others can read it");
    let admin = gateway.admin_address().to_string();
    for line in [
        "idp-gateway store restore idp-gateway.backup --config gateway.toml --force",
        "idp-gateway store check store.redb",
    ] {
        let said = run(folder, &admin, line, false)?;
        ensure!(said.contains("is in use: stop its gateway first"), "{line}: {said}");
    }
    gateway.terminate()?;
    for block in &blocks[1..] {
        run_all("127.0.0.1:1", block)?;
    }
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    hold(&config).context("what was restored")?;
    hold(&format!("{mounts}[store]\npath = {:?}\n", folder.join("copy.redb"))).context("to Redis and back")?;
    hold(&format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{url}\"\nreplica = \"one\"\ntimeout_ms = 5000\n"))
        .context("in Redis")
}

#[test]
fn s11_nothing_is_replaced_by_accident() -> Result<()> {
    let (folder, config) = folder()?;
    let (redis, folder) = (Redis::start()?, folder.path());
    let (nowhere, url) = ("127.0.0.1:1", redis.url());
    run(folder, nowhere, "idp-gateway store backup --config gateway.toml --to whole", true)?;
    let before = fs::read(folder.join("store.redb"))?.len();
    let said = run(folder, nowhere, "idp-gateway store restore whole --config gateway.toml", false)?;
    ensure!(said.contains("is not empty") && said.contains("--force"), "{said}");

    let whole = fs::read(folder.join("whole"))?;
    fs::write(folder.join("half"), &whole[..whole.len() / 2])?;
    for line in ["idp-gateway store restore half --config gateway.toml --force", "idp-gateway store check half"] {
        let said = run(folder, nowhere, line, false)?;
        ensure!(said.contains("is damaged") && said.contains("use another one"), "{line}: {said}");
    }
    ensure!(fs::read(folder.join("store.redb"))?.len() == before, "it is as it was");
    ensure!(!folder.join("store.redb.part").exists(), "nothing is left");

    run(folder, nowhere, &format!("idp-gateway store copy store.redb {url}"), true)?;
    let said = run(folder, nowhere, &format!("idp-gateway store copy store.redb {url}"), false)?;
    ensure!(said.contains("is not empty"), "{said}");
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let shared = format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{url}\"\nreplica = \"one\"\ntimeout_ms = 5000\n");
    let mut gateway = Gateway::start(&shared)?;
    let said = run(folder, nowhere, &format!("idp-gateway store copy store.redb {url} --force"), false)?;
    ensure!(said.contains("is in use by one"), "{said}");
    gateway.terminate()?;
    run(folder, nowhere, &format!("idp-gateway store copy store.redb {url} --force"), true)?;
    hold(&config).context("the source is as it was")
}

/// Refreshes a chain of BrightHR's; its first token after one, and the one that lives.
fn chain(gateway: &Gateway) -> Result<(String, String)> {
    let code = BRIGHTHR.approved(gateway, &[])?;
    let used = Tokens::of(&BRIGHTHR.refresh(gateway, &BRIGHTHR.tokens(gateway, &code)?.refresh)?)?.refresh;
    let mut token = used.clone();
    for _ in 0..40 {
        token = Tokens::of(&BRIGHTHR.refresh(gateway, &token)?)?.refresh;
    }
    Ok((used, token))
}

/// How many rows the command says that there are of refresh handles.
fn handles(said: &str) -> Result<u64> {
    let (_, rest) = said.split_once("refresh ").context("no refresh handle")?;
    Ok(rest.split([',', ')']).next().context("no number")?.parse()?)
}

/// Until it is upgraded a store is as earlier versions know it. Its upgrade says that the way back ends.
#[test]
fn s12_a_file_is_bounded_once_it_is_upgraded() -> Result<()> {
    let (folder, config) = folder()?;
    let (folder, nowhere) = (folder.path(), "127.0.0.1:1");
    let rows = || handles(&run(folder, nowhere, "idp-gateway store check --config gateway.toml", true)?);
    let upgrade = || run(folder, nowhere, "idp-gateway store upgrade --config gateway.toml", true);
    let backup = || -> Result<String> {
        run(folder, nowhere, "idp-gateway store backup --config gateway.toml --to backup", true)?;
        Ok(fs::read_to_string(folder.join("backup"))?.lines().next().context("no head")?.to_owned())
    };
    let before = rows()?;
    let mut gateway = Gateway::start(&config)?;
    let (old, alive) = chain(&gateway)?;
    gateway.terminate()?;
    ensure!(rows()? == before + 42, "each is kept: {before}, {}", rows()?);
    ensure!(backup()?.contains("\"idp_gateway_backup\":1"), "an earlier version reads it");
    let said = upgrade()?;
    ensure!(said.contains("was of format 1 and is of format 2") && said.contains("The way back is a backup"), "{said}");
    ensure!(upgrade()?.contains("nothing to upgrade"), "once");
    ensure!(backup()?.contains("\"idp_gateway_backup\":2"), "no earlier version reads it");

    let (before, mut gateway) = (rows()?, Gateway::start(&config)?);
    let (forgotten, living) = chain(&gateway)?;
    let alive = Tokens::of(&BRIGHTHR.refresh(&gateway, &alive)?)?.refresh;
    gateway.terminate()?;
    // Of the chain from before the upgrade one was forgotten in the place of the new one.
    ensure!(rows()? == before + 33, "{before}, {}", rows()?);
    let gateway = Gateway::start(&config)?;
    for (reused, alive) in [(old, alive), (forgotten, living)] {
        BRIGHTHR.is_invalid_grant(&BRIGHTHR.refresh(&gateway, &reused)?)?;
        BRIGHTHR.is_invalid_grant(&BRIGHTHR.refresh(&gateway, &alive)?)?;
    }
    drop(gateway);
    hold(&config).context("what an earlier version left behind")
}

#[test]
fn s12_a_redis_is_upgraded_once_no_earlier_version_is_at_work_on_it() -> Result<()> {
    let redis = Redis::start()?;
    fixture::restore(&redis, &fixture::read(VERSION, "redis.dump")?)?;
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let config = format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\n", redis.url());
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("gateway.toml"), &config)?;
    let upgrade =
        |is_good| run(folder.path(), "127.0.0.1:1", "idp-gateway store upgrade --config gateway.toml", is_good);
    let gateway = Gateway::start(&config.replace("\"one\"\n", "\"one\"\ntimeout_ms = 5000\n"))?;
    let format = || redis.command(&["GET", "idp-gateway:{shared}format"]);
    ensure!(format()?.is_empty(), "a store of an earlier version stays one");
    // As an earlier version says that it lives: without the format that it reads.
    let script = "local t = redis.call('TIME')
        local now = t[1] * 1000
        redis.call('HSET', KEYS[1], 'old', cjson.encode({ t = now + 60000, n = 'two', p = '0-0', l = '', d = '' }))";
    redis.command(&["EVAL", script, "1", "idp-gateway:{shared}replicas"])?;
    let said = upgrade(false)?;
    ensure!(said.contains("is in use by earlier versions, two: replace these gateways first"), "{said}");
    redis.command(&["HDEL", "idp-gateway:{shared}replicas", "old"])?;
    ensure!(upgrade(true)?.contains("was of format 1 and is of format 2"));
    ensure!(format()? == "2");
    // The gateway that runs hears of it.
    wait_until("a chain that is bounded", || {
        chain(&gateway)?;
        let script = "local least = 1000
            for _, key in ipairs(redis.call('KEYS', '*:{brighthr-sandbox/*}f')) do
                if redis.call('HEXISTS', key, 'g') == 1 then least = math.min(least, redis.call('HLEN', key)) end
            end
            return least";
        // A code, its use and an end; 33 handles and 32 uses, the last step and the newest number.
        Ok(redis.command(&["EVAL", script, "0"])? == "70")
    })?;
    fixture::manifest(VERSION, "redis.json")?.hold(&gateway)
}

#[test]
fn s11_a_redis_of_a_newer_format_is_not_served() -> Result<()> {
    let redis = Redis::start()?;
    redis.command(&["SET", "idp-gateway:{shared}format", "3"])?;
    let mounts = fixture::read(VERSION, "mounts.toml")?;
    let shared = format!("{mounts}[store]\nkind = \"redis\"\nurl = \"{}\"\nreplica = \"one\"\n", redis.url());
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("gateway.toml"), shared)?;
    let said = run(folder.path(), "127.0.0.1:0", "idp-gateway --config gateway.toml", false)?;
    ensure!(said.contains("format 3") && said.contains("formats up to 2") && said.contains("restore"), "{said}");
    let said = run(folder.path(), "127.0.0.1:0", "idp-gateway store upgrade --config gateway.toml", false)?;
    ensure!(said.contains("format 3"), "{said}");
    Ok(())
}
