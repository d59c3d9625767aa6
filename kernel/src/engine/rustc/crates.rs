//! What `:dep` means for a session: which crates it asks for, which are there already, and how far their build is.

use std::time::{Duration, Instant};

use semver::{Version, VersionReq};
use serde_json::{Map, Value};

use super::command_lines::{Command, first_word};
use super::definition::{ParsedItem, ParsedKind, UseLeaf};
use super::dependencies::{self, BUILT_IN, BuiltIn, DependencyError};
use super::dependency_lines::{asked, read};
use super::diagnostics::plain_error;
use super::parse::ParsedCell;
use super::{Crates, RustcEngine, notes};
use crate::engine::CellHost;
use crate::output::{CellError, Output};

impl RustcEngine {
    /// Takes in what follows a `:dep`.
    pub(super) fn want(
        &self,
        line: &str,
        wanted: &mut Crates,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        let (name, value) = read(line).map_err(|error| dependency_error(&error))?;
        if let Some(own) = built_in(&name) {
            notes::show(host, &about(own, &value));
        }
        if is_enough(&name, &value) {
            wanted.remove(&name);
        } else {
            wanted.insert(name, value);
        }
        Ok(())
    }

    /// Gives the names of crates that are built in the meaning that the session has for them: a `:dep` line that asks for another
    /// version is a `use` of it, and so is an `extern crate`.
    pub(super) fn name_versions(&self, commands: &[Command], parsed: &mut ParsedCell) {
        for item in &mut parsed.items {
            let ParsedKind::Use(leaves) = &mut item.kind else {
                continue;
            };
            for leaf in leaves {
                let of_prelude = leaf.text.strip_prefix(IN_PRELUDE);
                let own = of_prelude.filter(|rest| self.crates.contains_key(first_word(rest)));
                if let Some(own) = own {
                    leaf.text = format!("use ::{own}");
                    item.instead = Some(leaf.text.clone());
                }
            }
        }
        let asked = commands.iter().filter_map(|command| {
            let own = built_in(&read(command.dependency()?).ok()?.0)?;
            Some((own.name, command.range.clone()))
        });
        let chosen = |text: &String| {
            self.memory
                .uses
                .iter()
                .chain(&self.given.uses)
                .any(|(leaf, _)| leaf.text == *text)
        };
        for (name, range) in asked {
            let other = format!("use ::{name};");
            let text = match self.crates.contains_key(name) {
                true => other,
                false if chosen(&other) => format!("{IN_PRELUDE}{name};"),
                false => continue,
            };
            let leaf = UseLeaf {
                bound: Some(name.to_owned()),
                text: text.clone(),
            };
            parsed
                .items
                .retain(|item| !matches!(&item.kind, ParsedKind::Use(leaves) if *leaves == [leaf.clone()]));
            parsed.items.push(ParsedItem {
                range,
                kind: ParsedKind::Use(vec![leaf]),
                instead: Some(text),
            });
        }
    }

    /// Lists the crates that the session has beside the language's own.
    pub(super) fn show_crates(&self, host: &mut dyn CellHost) {
        let present = BUILT_IN.iter().filter(|own| !self.crates.contains_key(own.name));
        let own = present.map(|own| {
            let version = format!("\"{}\", built in", own.version);
            (own.name.to_owned(), version)
        });
        let rows: Vec<_> = self.crates.clone().into_iter().chain(own).collect();
        super::commands::table(host, &rows);
    }

    /// Builds the crates of a cell's `:dep` lines together, with one display that tells how far it is.
    pub(super) fn build(
        &mut self,
        wanted: Crates,
        cell: u32,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        // The session is part of the name: front ends keep the displays of a kernel that was restarted.
        let id = format!("hebb-dep-{}-{cell}", std::process::id());
        let mut shown: Option<Instant> = None;
        let mut show = |text: &str, at_least: Duration| {
            if shown.is_some_and(|last| last.elapsed() < at_least) {
                return;
            }
            let mut data = Map::new();
            data.insert("text/plain".to_owned(), Value::from(text));
            host.emit(Output::Display {
                data,
                metadata: Map::new(),
                display_id: Some(id.clone()),
                update: shown.is_some(),
            });
            shown = Some(Instant::now());
        };
        let started = Instant::now();
        let built = dependencies::build(&self.layout, &wanted, &self.compiler.running(), &mut |line| {
            show(line, Duration::from_millis(200));
        })
        .map_err(|error| dependency_error(&error))?;
        show(
            &format!("Crates ready after {:.1} s", started.elapsed().as_secs_f64()),
            Duration::ZERO,
        );
        self.built = built;
        self.crates = wanted;
        Ok(())
    }
}

/// How the `use` of a crate begins that the prelude brings.
pub const IN_PRELUDE: &str = "use ::hebb_prelude::";

/// Whether what is built in is what a `:dep` line asks for, as far as cargo would know.
pub fn is_enough(name: &str, value: &str) -> bool {
    let version = asked(value).version;
    built_in(name).is_some_and(|own| version.is_none_or(|asked| fits(&asked, own.version)))
}

/// The crate of this name that every cell has.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|own| own.name == name.replace('-', "_"))
}

/// What there is to say to somebody who asks for a crate that is there.
fn about(own: &BuiltIn, value: &str) -> String {
    let BuiltIn {
        name,
        version,
        features,
    } = own;
    let asked = asked(value);
    let mut missing: Vec<&String> = asked.features.iter().collect();
    missing.retain(|feature| !features.contains(&feature.as_str()));
    let version_fits = asked.version.as_deref().is_none_or(|asked| fits(asked, version));
    let mut text = match &asked.version {
        Some(asked) if !version_fits => {
            return format!(
                "`{name}` {asked} takes the place of {version}, which is built in\nhint: Hebb's own values and displays are made \
                 with {version}; without this `:dep`, cells have that one"
            );
        }
        _ if asked.elsewhere => format!("`{name}` is built in as {version}, and cells get that one"),
        _ => format!("`{name}` is built in ({version}): it is in scope already, without `:dep`"),
    };
    if !missing.is_empty() {
        let missing: Vec<String> = missing.into_iter().cloned().collect();
        text += &format!("; it was built without {}", notes::names(&missing));
    }
    text
}

fn fits(asked: &str, version: &str) -> bool {
    match (VersionReq::parse(asked), Version::parse(version)) {
        (Ok(asked), Ok(version)) => asked.matches(&version),
        _ => false,
    }
}

fn dependency_error(error: &DependencyError) -> CellError {
    let name = match error {
        DependencyError::Stopped => "Interrupted",
        _ => "DependencyError",
    };
    plain_error(name, &error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_crate_that_is_there_is_told_what_does_not_fit() {
        let own = BuiltIn {
            name: "plotters",
            version: "0.3.7",
            features: &["evcxr"],
        };
        let said = |value: &str| about(&own, value);
        let fits = "`plotters` is built in (0.3.7): it is in scope already, without `:dep`";
        assert_eq!(said("\"*\""), fits);
        assert_eq!(
            said("{ version = \"^0.3.6\", default-features = false, features = [\"evcxr\"] }"),
            fits
        );
        insta::assert_snapshot!(said("{ version = \"0.2\", features = [\"evcxr\", \"ttf\"] }"), @"
        `plotters` 0.2 takes the place of 0.3.7, which is built in
        hint: Hebb's own values and displays are made with 0.3.7; without this `:dep`, cells have that one
        ");
        insta::assert_snapshot!(said("{ git = \"https://example.org/plotters\" }"), @"`plotters` is built in as 0.3.7, and cells get that one");
    }
}
