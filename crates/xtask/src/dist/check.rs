//! Each package of a release, installed where nothing else is, and used.

use super::Packages;
use super::platform::Platform;
use super::release::{NAME, Release};
use super::running::{says_its_version, serves_a_token};
use crate::tools::{self, Tool};
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What the checks need beside cargo.
const TOOLS: &[Tool] = &[
    Tool { probe: &["curl", "--version"], least: None, package: "curl", why: "asks a gateway for a token" },
    Tool {
        probe: &["python3", "-c", "import ensurepip, venv"],
        least: None,
        package: "python3-venv",
        why: "installs the wheel",
    },
    Tool { probe: &["npm", "--version"], least: Some(10), package: "npm", why: "installs the npm package" },
    Tool { probe: &["skopeo", "--version"], least: None, package: "skopeo", why: "reads the image" },
];
/// What they need for a program of another processor.
const EMULATORS: &[Tool] = &[
    Tool { probe: &["qemu-x86_64-static", "--version"], least: None, package: "qemu-user-static", why: "runs x86_64" },
    Tool {
        probe: &["qemu-aarch64-static", "--version"],
        least: None,
        package: "qemu-user-static",
        why: "runs aarch64",
    },
];

/// Checks all packages, and says what was seen.
pub(super) fn all(release: &Release, made: &[Packages]) -> anyhow::Result<()> {
    tools::ensure(TOOLS)?;
    for packages in made {
        let emulator = emulator(packages.platform)?;
        let run = Installed { release, emulator: emulator.as_deref() };
        let Packages { platform, archive, wheel, node, container } = packages;
        seen("unpacked", archive, run.archive(archive))?;
        seen("installed by pip", wheel, run.wheel(wheel, platform))?;
        seen("installed by npm", node, run.node(node))?;
        if let Some([root, image]) = container {
            seen("read as an image", image, read_image(image))?;
            seen("as the whole of a root", root, run.root(root))?;
        }
    }
    Ok(())
}

fn seen(how: &str, path: &Path, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    outcome.with_context(|| format!("{} does not work, {how}", path.display()))?;
    println!("works, {how}: {}", path.display());
    Ok(())
}

/// The emulator by which this machine runs programs of the platform; none where they are its own.
fn emulator(platform: &Platform) -> anyhow::Result<Option<PathBuf>> {
    let output = Command::new("uname").arg("-m").output()?;
    if String::from_utf8_lossy(&output.stdout).trim() == platform.machine {
        return Ok(None);
    }
    let name = format!("qemu-{}-static", platform.machine);
    let own = EMULATORS.iter().position(|tool| tool.probe[0] == name).context("no emulator")?;
    tools::ensure(&EMULATORS[own..=own])?;
    let output = Command::new("which").arg(&name).output()?;
    Ok(Some(PathBuf::from(String::from_utf8(output.stdout)?.trim())))
}

/// How installed programs are run.
struct Installed<'a> {
    release: &'a Release,
    emulator: Option<&'a Path>,
}

impl Installed<'_> {
    fn command(&self, program: &Path) -> Command {
        match self.emulator {
            Some(emulator) => {
                let mut command = Command::new(emulator);
                command.arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    /// Starts what was installed and asks it for a token.
    fn works(&self, program: &Path, folder: &TempDir) -> anyhow::Result<()> {
        says_its_version(&mut self.command(program), &self.release.version)?;
        sandbox(&mut self.command(program), folder)
    }

    fn archive(&self, path: &Path) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        unpack(path, folder.path(), false)?;
        let name = path.file_name().context("no name")?.to_string_lossy();
        let inner = folder.path().join(name.trim_end_matches(".tar.gz"));
        ensure!(inner.join("LICENSE").is_file(), "it has no licence");
        self.works(&inner.join(NAME), &folder)
    }

    fn wheel(&self, path: &Path, platform: &Platform) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let environment = folder.path().join("environment");
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut pip = Command::new(environment.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]);
        let mut program = environment.join("bin");
        if self.emulator.is_some() {
            // pip installs what is for another platform into a folder of its own alone.
            let foreign = folder.path().join("foreign");
            let tag = format!("manylinux2014_{}", platform.machine);
            pip.args(["--only-binary", ":all:", "--platform", &tag, "--target"]).arg(&foreign);
            program = foreign.join("bin");
        }
        quietly(pip.arg(path))?;
        self.works(&program.join(NAME), &folder)
    }

    fn node(&self, path: &Path) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        // npx takes a relative path for a package, and an absolute one for a program.
        let package = format!("./{}", path.file_name().context("no name")?.to_string_lossy());
        fs::copy(path, folder.path().join(&package))?;
        let npm = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(folder.path()).env("npm_config_cache", folder.path().join("cache"));
            command.env("npm_config_offline", "true");
            command
        };
        if self.emulator.is_none() {
            let mut npx = npm("npx", &["--yes"]);
            sandbox(npx.arg(&package), &folder).context("by npx")?;
        }
        let mut install = npm("npm", &["install", "--silent", "--no-audit", "--no-fund"]);
        if self.emulator.is_some() {
            // For another processor: npm holds a package to the one that it runs on, whatever `--cpu` says.
            install.arg("--force");
        }
        quietly(install.arg(&package))?;
        self.works(&folder.path().join("node_modules/.bin").join(NAME), &folder)
    }

    /// Runs what the image runs, as its user, where nothing is but the image's files.
    fn root(&self, path: &Path) -> anyhow::Result<()> {
        ensure!(tools::is_root(), "to run as another user, this check takes root");
        let folder = tempfile::tempdir()?;
        unpack(path, folder.path(), true)?;
        open(folder.path())?;
        let state = "var/lib/idp-gateway";
        let mut command = Command::new("chroot");
        command.arg("--userspec=65532:65532").arg(folder.path());
        if let Some(emulator) = self.emulator {
            fs::copy(emulator, folder.path().join("emulator"))?;
            command.arg("/emulator");
        }
        command.arg(format!("/{NAME}")).args(["sandbox", "--host", "0.0.0.0", "--ready-file"]);
        command.arg(format!("/{state}/ready.json")).env_clear();
        // Where chroot is; there is nothing of that name inside.
        command.env("PATH", "/usr/sbin:/usr/bin").env("XDG_STATE_HOME", "/var/lib");
        serves_a_token(&mut command, &folder.path().join(state).join("ready.json"))
    }
}

/// Reads it in both of the forms that it has; copying compares every digest.
fn read_image(path: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for form in ["oci-archive", "docker-archive"] {
        let from = format!("{form}:{}", path.display());
        let to = format!("oci:{}", folder.path().join(form).display());
        quietly(Command::new("skopeo").args(["--insecure-policy", "copy", "--quiet", &from, &to]))?;
        let output = Command::new("skopeo").args(["inspect", "--config", &from]).output()?;
        let config: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        ensure!(config["config"]["User"] == "65532:65532", "{form}: {config}");
    }
    Ok(())
}

/// Starts the sandbox with its ready file in the folder.
fn sandbox(command: &mut Command, folder: &TempDir) -> anyhow::Result<()> {
    let ready = folder.path().join("ready.json");
    serves_a_token(command.args(["sandbox", "--ready-file"]).arg(&ready), &ready)
}

/// Others than its owner may go into a folder for tests: the image's user is none of the machine's.
fn open(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?)
}

fn unpack(path: &Path, folder: &Path, with_owners: bool) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(path)?));
    archive.set_preserve_ownerships(with_owners);
    archive.set_preserve_permissions(true);
    Ok(archive.unpack(folder)?)
}

/// Runs a command that says something only where it fails.
fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        bail!("{command:?} failed: {}", said.concat().trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Program, node, wheel};
    use super::*;
    use crate::cargo::Workspace;

    /// The program of the tests is linked to this machine's libraries, and its packages say so.
    #[test]
    fn the_wheel_and_the_npm_package_bring_the_gateway_to_where_nothing_is() {
        let out = tempfile::tempdir().unwrap();
        let mut release = Release::of(&Workspace::find().unwrap(), out.path().to_owned()).unwrap();
        release.level = 1;
        let program = Program::read(testkit::gateway::binary().unwrap()).unwrap();
        let installed = Installed { release: &release, emulator: None };
        let wheel = wheel::write(&release, &program).unwrap();
        installed.wheel(&wheel, program.platform).unwrap();
        let node = node::write(&release, &program).unwrap();
        installed.node(&node).unwrap();
    }
}
