//! What submissions are called: by their files, or by the folders that tell files of one name apart.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A name for each file. `assignment` is the instructor's file: a submission that is called like it says nothing about whose it
/// is, so its folder does.
pub fn names(files: &[PathBuf], assignment: &Path) -> Vec<String> {
    let levels: Vec<Vec<String>> = files.iter().map(|file| parts(file)).collect();
    let deepest = levels.iter().map(Vec::len).max().unwrap_or(0);
    let own = stem(assignment);
    for level in 0..deepest {
        let found: Option<Vec<&String>> = levels.iter().map(|parts| parts.get(level)).collect();
        let Some(found) = found else { break };
        let all_differ = found.iter().collect::<HashSet<_>>().len() == found.len();
        if all_differ && !found.iter().any(|name| **name == own) {
            return found.into_iter().cloned().collect();
        }
    }
    // Nothing short tells them apart: the whole path does, unless a file is given twice.
    let mut taken = HashSet::new();
    let whole = files.iter().zip(&levels).map(|(file, parts)| {
        let path = file.with_extension("").display().to_string();
        let name = match files.len() {
            1 => parts.first().cloned().unwrap_or(path),
            _ => path,
        };
        let more = (2..).map(|number| format!("{name} ({number})"));
        let mut free = std::iter::once(name.clone()).chain(more);
        free.find(|name| taken.insert(name.clone())).unwrap_or(name)
    });
    whole.collect()
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The file's name, its folder's, and so on outwards.
fn parts(file: &Path) -> Vec<String> {
    let folders = file.parent().into_iter().flat_map(Path::components).rev();
    let named = folders.filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    std::iter::once(stem(file)).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_part_that_tells_all_apart_is_the_name() {
        let called = |files: &[&str]| {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            names(&files, Path::new("source/ex1/ex1.ipynb"))
        };
        assert_eq!(called(&["in/ada.ipynb", "in/bob.ipynb"]), ["ada", "bob"]);
        assert_eq!(called(&["in/ada/ex1.ipynb", "in/bob/ex1.ipynb"]), ["ada", "bob"]);
        assert_eq!(
            called(&["in/ada/work.ipynb", "in/bob/work.ipynb"]),
            ["ada", "bob"]
        );
        assert_eq!(
            called(&["submitted/ada/ex1/ex1.ipynb", "submitted/bob/ex1/ex1.ipynb"]),
            ["ada", "bob"]
        );
        assert_eq!(called(&["submitted/ada/ex1/ex1.ipynb"]), ["ada"]);
        assert_eq!(called(&["./ada.ipynb"]), ["ada"]);
        assert_eq!(called(&["ex1.ipynb"]), ["ex1"]);
        assert_eq!(
            called(&["a/x.ipynb", "a/y.ipynb", "b/x.ipynb"]),
            ["a/x", "a/y", "b/x"]
        );
        assert_eq!(called(&["a/x.ipynb", "a/x.ipynb"]), ["a/x", "a/x (2)"]);
        assert_eq!(called(&[]), Vec::<String>::new());
    }
}
