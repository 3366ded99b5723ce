//! `cargo xtask dist`: what a release consists of.

mod archive;
mod build;
mod check;
mod dockerfile;
mod node;
mod platform;
mod release;
mod rootfs;
mod running;
mod sbom;
mod wheel;

use crate::cargo::Workspace;
use anyhow::ensure;
use clap::Args;
use platform::{PLATFORMS, Platform, Program};
use release::{NAME, Release};
use std::path::PathBuf;
use std::process::ExitCode;

/// How many bytes a program may have: what a job of a pipeline fetches each time.
const LARGEST: usize = 30_000_000;

/// The options of `cargo xtask dist`.
#[derive(Args)]
pub(crate) struct Dist {
    /// Package this program in the place of one that is built; may be given several times.
    #[arg(long, value_name = "FILE")]
    binary: Vec<PathBuf>,
    /// Build for this processor alone.
    #[arg(long, value_name = "NAME", conflicts_with = "binary", value_parser = PLATFORMS.map(|platform| platform.machine))]
    machine: Option<String>,
    /// Then install each package into an empty environment, and use it there.
    #[arg(long)]
    check: bool,
    /// The folder of what is made; `dist` below cargo's target folder where nothing is said.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What was made of one program.
struct Packages {
    platform: &'static Platform,
    archive: PathBuf,
    wheel: PathBuf,
    node: PathBuf,
    /// The root file system and the image: a program that needs libraries would not start there.
    container: Option<[PathBuf; 2]>,
}

/// Builds the programs, packages each, and writes checksums of all.
pub(crate) fn run(options: &Dist) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let release = Release::of(&workspace, options.out.clone().unwrap_or_else(|| workspace.target.join("dist")))?;
    let mut made = Vec::new();
    let mut files = Vec::new();
    for program in programs(options, &release, &workspace)? {
        let packages = package(&release, &program)?;
        let Packages { archive, wheel, node, container, .. } = &packages;
        files.extend([archive, wheel, node].into_iter().chain(container.iter().flatten()).cloned());
        files.push(sbom::write(&release, &workspace, program.platform)?);
        made.push(packages);
    }
    release.write_sums(&files)?;
    if options.check {
        check::all(&release, &made)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn programs(options: &Dist, release: &Release, workspace: &Workspace) -> anyhow::Result<Vec<Program>> {
    if !options.binary.is_empty() {
        return options.binary.iter().map(|path| Program::read(path)).collect();
    }
    let is_wanted = |platform: &&Platform| options.machine.as_ref().is_none_or(|name| *name == platform.machine);
    let build = |platform| {
        let program = Program::read(&build::build(release, workspace, platform)?)?;
        ensure!(program.is_static, "{} is linked to libraries of the system", platform.triple);
        let size = program.bytes.len();
        ensure!(size <= LARGEST, "{} has {size} bytes, and may have {LARGEST}", platform.triple);
        Ok(program)
    };
    PLATFORMS.iter().filter(is_wanted).map(build).collect()
}

fn package(release: &Release, program: &Program) -> anyhow::Result<Packages> {
    let container = program.is_static.then(|| rootfs::write(release, program)).transpose()?;
    if container.is_none() {
        println!("no image: the program needs libraries of the system");
    }
    Ok(Packages {
        platform: program.platform,
        archive: write_archive(release, program)?,
        wheel: wheel::write(release, program)?,
        node: node::write(release, program)?,
        container,
    })
}

/// The program with its licence, for who wants nothing else.
fn write_archive(release: &Release, program: &Program) -> anyhow::Result<PathBuf> {
    let name = format!("{NAME}-{}-linux-{}", release.version, program.platform.container);
    let license = release.license_text()?;
    let paths = ["", "LICENSE", NAME].map(|path| format!("{name}/{path}"));
    let entries = [
        archive::Entry::folder(&paths[0]),
        archive::Entry::file(&paths[1], &license),
        archive::Entry::program(&paths[2], &program.bytes),
    ];
    release.write(&format!("{name}.tar.gz"), &release.gzip(&archive::tar(&entries, release.time)?)?)
}
