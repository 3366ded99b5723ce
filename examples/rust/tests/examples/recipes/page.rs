//! A recipe as text: its fenced blocks, and its table of other forms.

use anyhow::{Context, Result};
use std::fs;
use testkit::tree;

/// A page of `docs/recipes`.
pub(super) struct Page {
    /// Its file's name without what ends it.
    pub(super) name: String,
    pub(super) text: String,
}

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// What is after the fence.
    pub(super) language: &'a str,
    pub(super) text: String,
}

/// All recipes, by name.
pub(super) fn pages() -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    for path in tree::files_below(&tree::root().join("docs/recipes"))? {
        let name = path.file_stem().context("a file without a name")?.to_string_lossy().into_owned();
        pages.push(Page { name, text: fs::read_to_string(&path)? });
    }
    pages.retain(|page| page.name != "README");
    Ok(pages)
}

impl Page {
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks: Vec<Block<'_>> = Vec::new();
        let mut open = false;
        for line in self.text.lines() {
            match line.strip_prefix("```") {
                Some(language) if !open => blocks.push(Block { language, text: String::new() }),
                Some(_) => {}
                None => {
                    if let Some(block) = blocks.last_mut().filter(|_| open) {
                        block.text += line;
                        block.text.push('\n');
                    }
                    continue;
                }
            }
            open = !open;
        }
        blocks
    }

    /// The code that the table has in that row, line by line; none where the cell does not begin with code.
    pub(super) fn form(&self, row: &str) -> Option<String> {
        let cell = self.text.lines().find_map(|line| line.strip_prefix(&format!("| {row} | "))?.strip_suffix(" |"))?;
        let lines: Vec<_> = cell.split("<br>").map_while(|part| part.strip_prefix('`')?.split('`').next()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// Whether a text is as a page shows it, where `…` stands for anything.
pub(super) fn is_like(shown: &str, text: &str) -> bool {
    let parts: Vec<_> = shown.split('…').collect();
    let [first, middle @ .., last] = &parts[..] else { return shown == text };
    let Some(mut rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

#[test]
fn blocks_forms_and_gaps_are_read() {
    let text = "a\n```sh\ncurl x\n```\n```text\n1\n```\n| Python | `a()`<br>`b()` |\n| Node | the same |\n| Rust | `c()?;` and so on |\n";
    let page = Page { name: "a".to_owned(), text: text.to_owned() };
    let blocks = page.blocks();
    assert_eq!(blocks[0], Block { language: "sh", text: "curl x\n".to_owned() });
    assert_eq!(blocks[1], Block { language: "text", text: "1\n".to_owned() });
    assert_eq!((blocks.len(), page.form("Python").as_deref(), page.form("Node")), (2, Some("a()\nb()"), None));
    assert_eq!(page.form("Rust").as_deref(), Some("c()?;"));
    assert!(is_like("a…c", "abc") && is_like("…", "") && is_like("a", "a") && is_like("…b…", "abc"));
    assert!(!is_like("a…c", "ab") && !is_like("a", "ab") && !is_like("…x…", "abc") && !is_like("ab…ba", "aba"));
}
