//! What Jupyter would find: kernelspecs and the programs that they name, JupyterLab itself; and who may connect to a kernel.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ask::{Silence, ask};
use super::finding::Finding;
use super::look::PATIENCE;
use crate::connection::Reach;
use crate::engine::rustc::cache::SHARED;
use crate::kernelspec::{self, Installed};
use crate::layout::in_path;

/// The kernelspecs of this kernel, and what each lists as shared caches.
pub fn kernelspecs() -> (Vec<Finding>, Vec<(String, String)>) {
    let all = kernelspec::installed();
    let listed = all.iter().filter_map(|spec| {
        let (_, value) = spec.environment.iter().find(|(name, _)| name == SHARED)?;
        Some((format!("the kernelspec {}", spec.name), value.clone()))
    });
    let listed = listed.collect();
    if all.is_empty() {
        let finding = Finding::warning(
            "kernelspec",
            "Jupyter does not find this kernel",
            "hebb install (see hebb install --help)",
        );
        return (vec![finding], listed);
    }
    let own = std::env::current_exe().ok();
    (
        all.iter().map(|spec| about(spec, own.as_deref())).collect(),
        listed,
    )
}

fn about(spec: &Installed, own: Option<&Path>) -> Finding {
    let Installed {
        name,
        folder,
        program,
        environment,
    } = spec;
    let folder = folder.display();
    let again =
        format!("hebb install --name {name} writes it anew, with --prefix or --sys-prefix where it is");
    let found = match program.components().count() {
        // A bare name is looked for in the search path of the server.
        1 => in_path(&program.to_string_lossy()),
        _ => Some(program.clone()).filter(|program| program.exists()),
    };
    let Some(found) = found else {
        return Finding::error(
            "kernelspec",
            format!(
                "{name} in {folder} names {}, which is not there",
                program.display()
            ),
            &again,
        );
    };
    let runs = found
        .metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0);
    if !runs {
        return Finding::error(
            "kernelspec",
            format!(
                "{name} in {folder} names {}, which is no program",
                found.display()
            ),
            &again,
        );
    }
    let sets: String = environment
        .iter()
        .map(|(variable, value)| format!("\nsets {variable}={value}"))
        .collect();
    let real = |path: &Path| path.canonicalize().ok();
    if own.is_some_and(|own| real(own) != real(&found)) {
        return Finding::warning(
            "kernelspec",
            format!(
                "{name} in {folder} starts another Hebb: {}{sets}",
                found.display()
            ),
            "is it the one that you mean? That one has a doctor, too",
        );
    }
    Finding::ok("kernelspec", format!("{name} in {folder}{sets}"))
}

/// Whether there is JupyterLab.
pub fn lab() -> Finding {
    // Beside what a kernelspec was installed for, too: nobody need have activated that environment.
    let beside = kernelspec::installed().into_iter().filter_map(|spec| {
        let prefix: PathBuf = spec.folder.ancestors().nth(4)?.to_owned();
        Some(prefix.join("bin/jupyter-lab"))
    });
    let program = in_path("jupyter-lab").or_else(|| beside.into_iter().find(|program| program.is_file()));
    let Some(program) = program else {
        return Finding::warning(
            "jupyterlab",
            "not found in the search path",
            "pip install jupyterlab; or open VS Code or another front end of Jupyter",
        );
    };
    let shown = program.display();
    let patience = PATIENCE * 4 / 5;
    match ask(&program, &["--version"], patience) {
        Ok(version) => Finding::ok("jupyterlab", format!("{version}, {shown}")),
        Err(Silence::Hangs) => Finding::warning(
            "jupyterlab",
            format!(
                "{shown} --version gave no answer within {} seconds",
                patience.as_secs()
            ),
            "is its Python environment on a slow disk, or the computer busy?",
        ),
        Err(Silence::Failed(why)) => Finding::warning(
            "jupyterlab",
            format!("{shown} does not run: {why}"),
            "install it again: pip install --force-reinstall jupyterlab",
        ),
    }
}

/// Who may connect to a kernel that is started with this environment.
pub fn connections() -> Finding {
    match Reach::from_environment() {
        Ok(Reach::User) => Finding::ok("connections", "from programs of the same user on this computer"),
        Ok(Reach::Any) => Finding::ok(
            "connections",
            "from whoever reaches the kernel's address, signed but not encrypted (HEBB_LISTEN=any)",
        ),
        Err(error) => Finding::error("connections", error.to_string(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::page;
    use super::*;

    #[test]
    fn what_a_kernelspec_names_is_looked_at() {
        let spec = |name: &str, program: &str| Installed {
            name: name.to_owned(),
            folder: format!("/usr/share/jupyter/kernels/{name}").into(),
            program: program.into(),
            environment: vec![("HEBB_CACHE_PATH".to_owned(), "/srv/hebb".to_owned())],
        };
        let own = Path::new("/bin/sh");
        let findings = [
            about(&spec("hebb", "/bin/sh"), Some(own)),
            about(&spec("bare", "sh"), Some(own)),
            about(&spec("other", "/bin/cat"), Some(own)),
            about(&spec("gone", "/opt/hebb/bin/hebb"), Some(own)),
            about(&spec("folder", "/usr/bin"), Some(own)),
        ];
        insta::assert_snapshot!(page(&findings, false), @"
        ok       kernelspec       hebb in /usr/share/jupyter/kernels/hebb
                                  sets HEBB_CACHE_PATH=/srv/hebb
        ok       kernelspec       bare in /usr/share/jupyter/kernels/bare
                                  sets HEBB_CACHE_PATH=/srv/hebb
        warning  kernelspec       other in /usr/share/jupyter/kernels/other starts
                                  another Hebb: /bin/cat
                                  sets HEBB_CACHE_PATH=/srv/hebb
                                  hint: is it the one that you mean? That one has a
                                  doctor, too
        error    kernelspec       gone in /usr/share/jupyter/kernels/gone names
                                  /opt/hebb/bin/hebb, which is not there
                                  hint: hebb install --name gone writes it anew, with
                                  --prefix or --sys-prefix where it is
        error    kernelspec       folder in /usr/share/jupyter/kernels/folder names
                                  /usr/bin, which is no program
                                  hint: hebb install --name folder writes it anew, with
                                  --prefix or --sys-prefix where it is

        2 errors, 1 warning
        ");
    }
}
