//! Reads the lines of `:dep`: which crate, and what of it.

use std::fs;

use super::dependencies::{DependencyError, PATIENCE};
use crate::pending::Patience;

/// Reads what follows `:dep`: the crate's name and the rest of its line in a `Cargo.toml`. `.`, `../other` and `/path/to/crate` stand
/// for the crate in that folder.
pub fn read(line: &str) -> Result<(String, String), DependencyError> {
    let failed = || DependencyError::Line {
        line: line.to_owned(),
    };
    if line.starts_with(['.', '/']) {
        return local(line);
    }
    let (name, value) = line
        .split_once('=')
        .map_or((line, "\"*\""), |(name, value)| (name, value));
    let (name, value) = (name.trim(), value.trim());
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    let table = value.starts_with('{') && value.ends_with('}');
    if !is_name || !(quoted || table) {
        return Err(failed());
    }
    // The build stands elsewhere than the notebook.
    let value = match string_of(value, "path").filter(|_| table) {
        Some(path) if !path.starts_with('/') => {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
            value.replacen(
                &format!("\"{path}\""),
                &format!("{:?}", whole.display().to_string()),
                1,
            )
        }
        _ => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

/// The crate in a folder.
fn local(folder: &str) -> Result<(String, String), DependencyError> {
    let asked = folder.to_owned();
    let found = Patience::new(folder, PATIENCE).ask(move || package(&asked));
    let found = found.unwrap_or_else(|| Err("the disk does not answer".to_owned()));
    found.map_err(|why| DependencyError::Folder {
        folder: folder.to_owned(),
        why,
    })
}

/// The name of the crate in a folder, and how a manifest asks for it; or why there is none.
fn package(folder: &str) -> Result<(String, String), String> {
    let whole = fs::canonicalize(folder).map_err(|error| error.to_string())?;
    let manifest = fs::read_to_string(whole.join("Cargo.toml"))
        .map_err(|error| format!("its Cargo.toml cannot be read: {error}"))?;
    let package = manifest.split("[package]").nth(1).unwrap_or_default();
    let package = package.split("\n[").next().unwrap_or_default();
    let name = string_of(package, "name").ok_or("its Cargo.toml names no package")?;
    Ok((
        name.to_owned(),
        format!("{{ path = {:?} }}", whole.display().to_string()),
    ))
}

/// What a line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A version, if it says one.
    pub version: Option<String>,
    /// The features that it names.
    pub features: Vec<String>,
    /// It asks for the crate in another place than the registry.
    pub elsewhere: bool,
}

/// Reads what follows the `=` of a line.
pub fn asked(value: &str) -> Asked {
    if let Some(version) = value.strip_prefix('"') {
        return Asked {
            version: Some(version.trim_end_matches('"').to_owned()),
            ..Asked::default()
        };
    }
    let features = value.split_once("features = [").map_or("", |(before, rest)| {
        match before.ends_with("default-") || before.ends_with("default_") {
            true => "",
            false => rest.split(']').next().unwrap_or_default(),
        }
    });
    Asked {
        version: string_of(value, "version").map(str::to_owned),
        features: features
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect(),
        elsewhere: ["git", "path"].iter().any(|key| string_of(value, key).is_some()),
    }
}

/// The text of `key = "text"` in a table.
pub fn string_of<'a>(table: &'a str, key: &str) -> Option<&'a str> {
    table.match_indices(key).find_map(|(at, _)| {
        let is_key = !table[..at].ends_with(|c: char| c.is_alphanumeric() || "-_\"".contains(c));
        let rest = table[at + key.len()..].trim_start().strip_prefix('=')?;
        let text = rest.trim_start().strip_prefix('"')?;
        text.split('"').next().filter(|_| is_key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_in_a_manifest() {
        let rows = [
            ("rand = \"0.9\"", Some(("rand", "\"0.9\""))),
            ("rand", Some(("rand", "\"*\""))),
            (
                "serde = { version = \"1\", features = [\"derive\"] }",
                Some(("serde", "{ version = \"1\", features = [\"derive\"] }")),
            ),
            ("rand = 0.9", None),
            ("", None),
            ("a b = \"1\"", None),
        ];
        for (line, expected) in rows {
            let read = read(line).ok();
            let read = read.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
            assert_eq!(read, expected, "{line}");
        }
    }

    #[test]
    fn a_crate_in_a_folder_is_named_by_its_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let line = path.display().to_string();
        assert!(matches!(read(&line), Err(DependencyError::Folder { .. })));
        let manifest = "[package]\nedition = \"2024\"\nname = \"my-sums\"\n\n[dependencies]\nname = \"1\"\n";
        fs::write(path.join("Cargo.toml"), manifest).unwrap();
        let asked_for = format!("{{ path = {line:?} }}");
        assert_eq!(read(&line).unwrap(), ("my-sums".to_owned(), asked_for));
        let here = std::env::current_dir().unwrap().join("x");
        let (_, value) = read("x = { version = \"1\", path = \"x\" }").unwrap();
        assert_eq!(
            value,
            format!("{{ version = \"1\", path = {:?} }}", here.display().to_string())
        );
    }

    #[test]
    fn what_a_line_asks_for_is_read() {
        let rows = [
            ("\"0.3\"", Some("0.3"), vec![], false),
            (
                "{ version = \"^0.3.6\", default-features = false, features = [\"evcxr\", \"all_series\"] }",
                Some("^0.3.6"),
                vec!["evcxr", "all_series"],
                false,
            ),
            ("{ git = \"https://example.org/version\" }", None, vec![], true),
        ];
        for (value, version, features, elsewhere) in rows {
            let expected = Asked {
                version: version.map(str::to_owned),
                features: features.into_iter().map(str::to_owned).collect(),
                elsewhere,
            };
            assert_eq!(asked(value), expected, "{value}");
        }
    }
}
