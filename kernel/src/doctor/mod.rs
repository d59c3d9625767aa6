//! `hebb doctor`: one page on what this installation can do, and what to do where it cannot.
//!
//! It decides nothing itself: what is right is decided where it is needed, and asked there. Whatever is broken is a line of the page; nothing
//! of it may end or hang the page (`look`).

mod ask;
mod cells;
mod computer;
mod finding;
mod installation;
mod jupyter;
mod look;
mod page;
mod places;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;

use finding::{Finding, Status};
use look::Look;

/// `hebb doctor`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Exit codes:
  0    no error
  1    an error: cells do not run, or what was set up is not there

A warning means that cells run, but slower or with less. One cell is really compiled and run. Nothing
takes longer than a minute.

With --json: a list of {\"check\", \"status\", \"found\", \"hint\"}. `status` is \"ok\", \"warning\" or
\"error\", `hint` a text or null. `check` is one of hebb, compiler, prelude, cell, threads,
graphics-card, data, kernelspec, jupyterlab, connections, home, cache, shared-cache, temporary-files,
memory, processors, rust-analyzer, walls; kernelspec, data and shared-cache may come several times.
New checks may be added; the meaning of these stays.")]
pub struct DoctorArguments {
    /// Writes JSON instead of a page
    #[arg(long)]
    pub json: bool,
}

/// Looks at everything and tells.
pub fn doctor(arguments: &DoctorArguments) -> ExitCode {
    let findings = examine();
    look::end_what_hangs();
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&findings).unwrap_or_default()),
        false => {
            let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            print!("{}", page::page(&findings, colours));
        }
    }
    match findings.iter().any(|finding| finding.status == Status::Error) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

/// All findings, in the order of the page.
fn examine() -> Vec<Finding> {
    // What needs nothing else goes on while the rest is looked at.
    let specs = Look::begin("kernelspec", jupyter::kernelspecs);
    let lab = Look::begin("jupyterlab", jupyter::lab);
    let home = Look::begin("home", places::home);
    let cache = Look::begin("cache", places::own_cache);
    let scratch = Look::begin("temporary-files", places::temporary_files);
    let computer = Look::begin("memory", computer::limits);
    let (compiler, prelude) = (
        Look::begin("compiler", installation::compiler),
        Look::begin("prelude", installation::prelude),
    );
    let mut findings = vec![installation::program()];
    let found = compiler.end();
    let usable = matches!(&found, Ok(found) if found.status == Status::Ok);
    findings.push(found.unwrap_or_else(|finding| finding));
    let found = prelude.end();
    let usable = usable && matches!(&found, Ok(found) if found.status != Status::Error);
    findings.push(found.unwrap_or_else(|finding| finding));
    let walls = usable.then(|| Look::begin("walls", computer::walls));
    let analyzer = usable.then(|| Look::begin("rust-analyzer", installation::analyzer));
    findings.extend(cells::run(usable));

    let specs = specs.end().unwrap_or_else(|finding| (vec![finding], Vec::new()));
    let named = specs.1;
    let shared = Look::begin("shared-cache", move || places::shared_caches(&named));
    findings.extend(specs.0);
    findings.push(one(lab));
    findings.push(jupyter::connections());
    findings.push(one(home));
    findings.push(one(cache));
    findings.extend(shared.end().unwrap_or_else(|finding| vec![finding]));
    findings.push(one(scratch));
    findings.extend(computer.end().unwrap_or_else(|finding| vec![finding]));
    findings.extend(analyzer.map(one));
    findings.extend(walls.map(one));
    findings
}

fn one(look: Look<Finding>) -> Finding {
    look.end().unwrap_or_else(|finding| finding)
}
