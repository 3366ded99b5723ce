//! Writes every page in its states into a folder: `cargo run -p pages --example gallery -- FOLDER`.

mod states;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder to write into"))?);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("pages.css"), pages::stylesheet())?;
    fs::write(folder.join("theme.css"), pages::theme(states::COLOR))?;
    fs::write(folder.join("logo.svg"), states::LOGO)?;
    for (name, html) in states::all() {
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}
