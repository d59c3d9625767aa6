//! How evcxr's cells get at the prelude without compiling it.
//!
//! evcxr only knows crates that cargo builds. So the installation holds a crate of a few lines that hands on what is in
//! `libhebb_prelude.so`. For the analyzer in evcxr, which reads sources and no libraries, there are the prelude's sources beside
//! it, which the compiler does not see.

use std::path::PathBuf;

use super::StartError;
use super::rewrite::IN_SCOPE;
use crate::layout::Layout;

/// The folder of crates beside the prelude's library, and the crate in it that cells name.
const FOLDER: &str = "evcxr";
const CRATE: &str = "hebb_prelude";
/// The name by which that crate names the library.
const LIBRARY: &str = "hebb_library";

/// Where everything is.
#[derive(Debug)]
pub struct Prelude {
    folder: PathBuf,
    flags: Vec<String>,
}

impl Prelude {
    /// Finds it.
    pub fn find(layout: &Layout) -> Result<Prelude, StartError> {
        let home = layout.prelude.parent().map(PathBuf::from).unwrap_or_default();
        let folder = home.join(FOLDER).join(CRATE);
        if !folder.join("Cargo.toml").is_file() {
            return Err(StartError::Missing(folder));
        }
        let flags = vec![
            "-Cprefer-dynamic".to_owned(),
            format!("--extern={LIBRARY}={}", layout.prelude.display()),
            format!("-Ldependency={}", home.display()),
            format!("-Ldependency={}", layout.dependencies.display()),
        ];
        Ok(Prelude { folder, flags })
    }

    /// What evcxr is told once.
    pub fn settings(&self) -> String {
        // This form of the flags may hold blanks.
        format!(":build_env CARGO_ENCODED_RUSTFLAGS={}", self.flags.join("\x1f"))
    }

    /// What evcxr is told at the beginning, and whenever it has forgotten everything.
    pub fn scope(&self) -> String {
        // As TOML, and JSON writes texts as TOML does.
        let path = serde_json::Value::from(self.folder.to_string_lossy());
        format!(":dep {CRATE} = {{ path = {path} }}\n{IN_SCOPE}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_may_hold_blanks() {
        let prelude = Prelude {
            folder: "/a b/\"c\"".into(),
            flags: vec!["-La b".to_owned(), "-Lc".to_owned()],
        };
        assert_eq!(
            prelude.settings(),
            ":build_env CARGO_ENCODED_RUSTFLAGS=-La b\x1f-Lc"
        );
        insta::assert_snapshot!(prelude.scope(), @r#"
        :dep hebb_prelude = { path = "/a b/\"c\"" }
        use hebb_prelude::prelude::*;
        "#);
    }
}
