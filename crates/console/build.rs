//! Makes the table of the console's files: each as it is, compressed, and with its digest.

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const ASSETS: &str = "assets";

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where it is by variables")]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={ASSETS}");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(ASSETS);
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = "&[\n".to_owned();
    for (number, file) in files.iter().enumerate() {
        let bytes = fs::read(file)?;
        let packed = out.join(format!("{number}.gz"));
        fs::write(&packed, compress(&bytes)?)?;
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let digest = Sha256::digest(&bytes).iter().take(12).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let _ = writeln!(
            table,
            "Asset {{ name: {name:?}, etag: {:?}, plain: include_bytes!({:?}), gzip: include_bytes!({:?}) }},",
            format!("\"{digest}\""),
            file.display().to_string(),
            packed.display().to_string(),
        );
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
