//! The user's cache directory: the one place where anything is written. It may be deleted at any time.

use std::path::PathBuf;

/// `HEBB_CACHE`, else `$XDG_CACHE_HOME/hebb`, else `~/.cache/hebb`, else a directory for temporary files.
pub fn directory() -> PathBuf {
    choose(|name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    })
}

fn choose(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    let xdg = || {
        variable("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .map(|path| path.join("hebb"))
    };
    let home = || variable("HOME").map(|path| path.join(".cache/hebb"));
    variable("HEBB_CACHE")
        .or_else(xdg)
        .or_else(home)
        .unwrap_or_else(|| std::env::temp_dir().join("hebb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_variable_wins() {
        let rows: [(&[(&str, &str)], &str); 4] = [
            (
                &[("HEBB_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")],
                "/a",
            ),
            (&[("XDG_CACHE_HOME", "/b"), ("HOME", "/c")], "/b/hebb"),
            (
                &[("XDG_CACHE_HOME", "relative"), ("HOME", "/c")],
                "/c/.cache/hebb",
            ),
            (&[("HOME", "/c")], "/c/.cache/hebb"),
        ];
        for (variables, directory) in rows {
            let find = |name: &str| {
                variables
                    .iter()
                    .find(|row| row.0 == name)
                    .map(|row| PathBuf::from(row.1))
            };
            assert_eq!(choose(find), PathBuf::from(directory));
        }
        assert!(choose(|_| None).ends_with("hebb"));
    }
}
