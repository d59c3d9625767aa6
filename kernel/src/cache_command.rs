//! `hebb cache`: what the user's compiled cells take, and how to have less of them.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::engine::rustc::cache::{Contents, Folder, Places, Refusal, SHARED, size, total, written};

/// `hebb cache`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Without a command it shows the directories and their sizes.
Compiled cells are in HEBB_CACHE, else in $XDG_CACHE_HOME/hebb, else in ~/.cache/hebb.
They may be removed at any time: a cell that is not found is compiled.")]
pub struct CacheArguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What to do with the compiled cells.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Removes all compiled cells
    Clear,
    /// Sets how much they may take on disk; those not used for longest go first
    Limit {
        /// Such as 200MB, 1.5GB, or 0 to keep none
        #[arg(value_parser = size)]
        size: u64,
    },
}

/// Shows or changes the user's compiled cells.
pub fn cache(arguments: &CacheArguments) -> ExitCode {
    let places = Places::from_environment();
    let Some(own) = &places.own else {
        return ExitCode::SUCCESS;
    };
    let done = match arguments.action {
        None => {
            print!("{}", overview(own, &places.listed));
            Ok(())
        }
        Some(Action::Clear) => own.clear().map(|gone| println!("Removed {}", amount(&gone))),
        Some(Action::Limit { size }) => own.set_limit(size).map_err(Refusal::from).map(|()| {
            let left = own.contents().unwrap_or_default();
            println!(
                "At most {} from now on; there are {}",
                written(size),
                amount(&left)
            );
        }),
    };
    match done {
        // Nothing is nothing to remove.
        Ok(()) => ExitCode::SUCCESS,
        Err(Refusal::Missing) => {
            println!("Removed nothing: there is none yet");
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("hebb: {}: {refusal}", own.cells().display());
            ExitCode::FAILURE
        }
    }
}

fn overview(own: &Folder, listed: &[Folder]) -> String {
    let mut text = String::from("Compiled cells of your own:\n");
    let limit = format!(" of at most {}", written(own.limit()));
    text.push_str(&line(own, &limit));
    if !listed.is_empty() {
        text.push_str(&format!("Looked for before these, as {SHARED} says:\n"));
    }
    for folder in listed {
        text.push_str(&line(folder, ""));
    }
    text
}

fn line(folder: &Folder, limit: &str) -> String {
    let path = folder.cells();
    let path = path.display();
    match folder.contents() {
        Ok(contents) => format!("  {path}: {}{limit}\n", amount(&contents)),
        Err(Refusal::Missing) => format!("  {path}: none yet\n"),
        Err(refusal) => format!(
            "  {path}: not used: {}\n",
            refusal.to_string().replace('\n', "\n  ")
        ),
    }
}

fn amount(contents: &Contents) -> String {
    let entries = match contents.entries.len() {
        1 => "1 entry".to_owned(),
        number => format!("{number} entries"),
    };
    format!("{entries}, {}", written(total(&contents.entries)))
}
