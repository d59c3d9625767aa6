//! Which kernelspecs of this kernel Jupyter finds, and what they say. Nothing is written here.

use std::env;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{is_ours, set, user_data};
use crate::layout::in_path;

/// A kernelspec of this kernel, as Jupyter finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// The program that it starts.
    pub program: PathBuf,
    /// What it sets for it.
    pub environment: Vec<(String, String)>,
}

/// The kernelspecs of this kernel that Jupyter finds from here. Of those with one name the first counts, whosever it is.
pub fn installed() -> Vec<Installed> {
    let mut all: Vec<(String, Option<Installed>)> = Vec::new();
    for data in searched() {
        let folders = std::fs::read_dir(data.join("kernels"))
            .into_iter()
            .flatten()
            .flatten();
        for folder in folders.map(|entry| entry.path()) {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if folder.join("kernel.json").is_file() && !all.iter().any(|(other, _)| *other == name) {
                all.push((name, read(&folder).filter(|_| is_ours(&folder))));
            }
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all.into_iter().filter_map(|(_, spec)| spec).collect()
}

/// The directories in which Jupyter looks for its data, those that win first.
fn searched() -> Vec<PathBuf> {
    let named = env::var_os("JUPYTER_PATH").unwrap_or_default();
    let named: Vec<PathBuf> = env::split_paths(&named)
        .filter(|path| path.is_absolute())
        .collect();
    // Jupyter looks below the Python that it runs with: mostly the active environment's, else that of the command in the search path.
    let of_command = in_path("jupyter").and_then(|program| Some(program.parent()?.parent()?.to_owned()));
    let prefixes = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .map(set)
        .into_iter()
        .flatten()
        .chain(of_command);
    let prefixes = prefixes.chain(["/usr/local", "/usr"].map(PathBuf::from));
    let of_environments: Vec<PathBuf> = prefixes.map(|prefix| prefix.join("share/jupyter")).collect();
    let system = of_environments.len() - 2;
    named
        .into_iter()
        .chain(of_environments[..system].to_vec())
        .chain(user_data())
        .chain(of_environments[system..].to_vec())
        .collect()
}

fn read(folder: &Path) -> Option<Installed> {
    let spec: Value = serde_json::from_slice(&std::fs::read(folder.join("kernel.json")).ok()?).ok()?;
    let variables = spec["env"].as_object().into_iter().flatten();
    Some(Installed {
        name: folder.file_name()?.to_string_lossy().into_owned(),
        folder: folder.to_owned(),
        program: spec["argv"][0].as_str()?.into(),
        environment: variables
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernelspec_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mine");
        std::fs::create_dir(&folder).unwrap();
        let write = |text: &str| std::fs::write(folder.join("kernel.json"), text).unwrap();
        write(r#"{"argv": ["/opt/bin/hebb", "kernel"], "env": {"A": "b", "C": 3}}"#);
        let found = Installed {
            name: "mine".to_owned(),
            folder: folder.clone(),
            program: "/opt/bin/hebb".into(),
            environment: vec![("A".to_owned(), "b".to_owned())],
        };
        assert_eq!(read(&folder), Some(found));
        for broken in ["", "{", "[]", r#"{"argv": []}"#, r#"{"argv": "hebb"}"#] {
            write(broken);
            assert_eq!(read(&folder), None, "{broken}");
        }
    }

    #[test]
    fn the_systems_directories_come_last() {
        let searched = searched();
        let last = ["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from);
        assert!(searched.ends_with(&last), "{searched:?}");
    }
}
