//! The examples in the help of each command are commands.

use super::Cli;
use clap::{Command, CommandFactory, Parser};

/// The commands below `command` that have no others below them, by their whole name.
fn leaves(command: &Command, before: &str, found: &mut Vec<(String, String)>) {
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let name = format!("{before} {}", below.get_name());
        if below.has_subcommands() {
            leaves(below, &name, found);
        } else {
            let help = below.get_after_help().map(ToString::to_string);
            found.push((name, help.unwrap_or_default()));
        }
    }
}

/// The words of a command as a shell reads them, up to where its output goes.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in command.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '>' if !quoted => break,
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn each_command_has_an_example_and_each_example_is_a_command() {
    let mut found = Vec::new();
    leaves(&Cli::command(), "idp-gateway", &mut found);
    for (name, help) in &found {
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("`{name}` has no examples"));
        let widest = examples.lines().map(str::len).max().unwrap_or_default();
        assert!(widest <= 80, "{name}: a terminal would break a line of {widest} characters");
        for line in examples.replace("\\\n      ", "").lines() {
            let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("{name}: {line}"));
            let own = line.split(" | ").filter(|part| part.starts_with("idp-gateway"));
            for command in own {
                // A file that an answer is read from is somewhere else.
                let command = command.replace("502:page.html", "502");
                if let Err(error) = Cli::try_parse_from(words(&command)) {
                    panic!("{name}: {command}: {error}");
                }
            }
            assert!(line.contains(name) || name == "idp-gateway serve", "{name}: {line}");
        }
    }
    assert!(found.len() > 50, "{}", found.len());
}

#[test]
fn the_manual_has_each_command_and_its_examples_are_commands() {
    let manual = include_str!("../../../../docs/command-line.md");
    let mut found = Vec::new();
    leaves(&Cli::command(), "idp-gateway", &mut found);
    for (name, _) in &found {
        let name = name.strip_prefix("idp-gateway ").unwrap();
        assert!(manual.contains(&format!("`{name}`")), "docs/command-line.md has no `{name}`");
    }
    let (mut spans, mut count) = (manual.split('`'), 0);
    while let (Some(_), Some(code)) = (spans.next(), spans.next()) {
        let code = code.trim_start_matches("export IDP_GATEWAY_NAMESPACE=$(").trim_end_matches(')');
        for command in code.lines().filter(|line| line.starts_with("idp-gateway ")) {
            let command = command.replace("502:page.html", "502");
            Cli::try_parse_from(words(&command)).unwrap_or_else(|error| panic!("{command}: {error}"));
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}
