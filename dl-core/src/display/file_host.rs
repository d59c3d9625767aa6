//! A host for batch jobs: text goes to standard output, every picture becomes a file. It does not draw.

use std::collections::HashMap;
use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::MimeBundle;
use super::host::Host;

/// The forms that become a file, the best first: MIME type and ending.
const PICTURES: [(&str, &str); 3] = [
    ("image/svg+xml", "svg"),
    ("image/png", "png"),
    ("text/html", "html"),
];

/// A [`Host`] for programs that nobody watches: pictures become `figure-01.svg`, `figure-02.png`, ... in a folder, text goes
/// to standard output. A live display is one file, which holds its last picture.
///
/// ```
/// use dl_core::display::{FileHost, Host, MimeBundle};
///
/// let folder = std::env::temp_dir().join(format!("figures-{}", std::process::id()));
/// let host = FileHost::new(&folder)?;
/// host.display(&MimeBundle::text("a dot").with_svg("<svg/>"), None, false);
/// assert_eq!(std::fs::read_to_string(folder.join("figure-01.svg"))?, "<svg/>");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct FileHost {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many figures there are.
    figures: usize,
    /// Which figure a live display is, and its file's ending.
    live: HashMap<String, (usize, &'static str)>,
}

impl FileHost {
    /// Puts figures into `folder`, which is made if it is not there. Figures of an earlier run are removed; other files stay.
    ///
    /// # Errors
    /// When the folder cannot be made, read or written to.
    pub fn new(folder: impl AsRef<Path>) -> io::Result<FileHost> {
        let folder = folder.as_ref().to_path_buf();
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if is_figure(&entry.file_name().to_string_lossy()) {
                std::fs::remove_file(entry.path())?;
            }
        }
        // Found out now, not after hours of training.
        tempfile::NamedTempFile::new_in(&folder)?;
        Ok(FileHost {
            folder,
            state: Mutex::default(),
        })
    }

    /// The file for this picture, and whether it is a display's that has one already.
    fn place(&self, ending: &'static str, display_id: Option<&str>, update: bool) -> (PathBuf, bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = display_id
            .filter(|_| update)
            .and_then(|id| state.live.get(id).copied());
        let number = match known {
            Some((number, _)) => number,
            None => {
                state.figures += 1;
                state.figures
            }
        };
        if let Some((_, earlier)) = known.filter(|(_, earlier)| *earlier != ending) {
            // The last picture counts, of whatever kind it is.
            let _ = std::fs::remove_file(self.file(number, earlier));
        }
        if let Some(id) = display_id {
            state.live.insert(id.to_owned(), (number, ending));
        }
        (self.file(number, ending), known.is_some())
    }

    fn file(&self, number: usize, ending: &str) -> PathBuf {
        self.folder.join(format!("figure-{number:02}.{ending}"))
    }
}

impl Host for FileHost {
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool) {
        let picture = PICTURES
            .iter()
            .find_map(|(mime, ending)| Some((*mime, *ending, bundle.get(mime)?)));
        let Some((mime, ending, content)) = picture else {
            return print(bundle.plain(), None);
        };
        let (file, told) = self.place(ending, display_id, update);
        let written = match mime {
            "image/png" => match STANDARD.decode(content) {
                Ok(bytes) => replace(&file, &bytes),
                Err(error) => Err(io::Error::other(error)),
            },
            "text/html" => replace(&file, page(content).as_bytes()),
            _ => replace(&file, content.as_bytes()),
        };
        match written {
            // A live display is told of once, however often it is drawn.
            Ok(()) if told => {}
            Ok(()) => print(bundle.plain(), Some(&format!("[{}]", file.display()))),
            Err(error) => print(
                bundle.plain(),
                Some(&format!("[{} could not be written: {error}]", file.display())),
            ),
        }
    }

    fn replaces(&self) -> bool {
        false
    }

    fn keeps_pictures(&self) -> bool {
        true
    }
}

/// Whether a file's name is one that [`FileHost`] gives.
fn is_figure(name: &str) -> bool {
    let number = name.strip_prefix("figure-").and_then(|rest| rest.split_once('.'));
    number.is_some_and(|(number, ending)| {
        !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
            && PICTURES.iter().any(|(_, known)| *known == ending)
    })
}

/// Writes a file that nobody ever sees half of: someone may look at a training's picture while it is drawn again.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    // Readable for everyone whom the umask lets: figures are there to be shown.
    let readable = Permissions::from_mode(0o666);
    let mut new = tempfile::Builder::new()
        .permissions(readable)
        .tempfile_in(folder)?;
    new.write_all(content)?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

/// A fragment as a page of its own.
fn page(fragment: &str) -> String {
    format!("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>figure</title>\n{fragment}\n")
}

fn print(text: &str, place: Option<&str>) {
    let mut out = io::stdout().lock();
    let lines = [Some(text).filter(|text| !text.is_empty()), place];
    for line in lines.into_iter().flatten() {
        let end = if line.ends_with('\n') { "" } else { "\n" };
        // A closed pipe must not end a training: there is nobody left to tell.
        let _ = write!(out, "{line}{end}");
    }
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn each_picture_is_a_file_and_text_alone_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        let host = FileHost::new(&inner).unwrap();
        host.display(&MimeBundle::text("text"), None, false);
        host.display(
            &MimeBundle::text("both").with_png([1, 2, 3]).with_html("<b>x</b>"),
            None,
            false,
        );
        host.display(&MimeBundle::text("").with_html("<i>ü</i>"), None, false);
        assert_eq!(names(&inner), ["figure-01.png", "figure-02.html"]);
        assert_eq!(std::fs::read(inner.join("figure-01.png")).unwrap(), [1, 2, 3]);
        let page = std::fs::read_to_string(inner.join("figure-02.html")).unwrap();
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains("utf-8") && page.contains("<i>ü</i>"));
    }

    #[test]
    fn a_live_display_is_one_file_with_its_last_picture() {
        let folder = tempfile::tempdir().unwrap();
        let host = FileHost::new(folder.path()).unwrap();
        let draw = |text: &str, id, update| {
            host.display(&MimeBundle::text("").with_svg(text), Some(id), update);
        };
        draw("first", "one", false);
        draw("other", "two", false);
        draw("last", "one", true);
        // An update of what was never shown is a display, as in a notebook that has lost it.
        draw("lost", "three", true);
        host.display(&MimeBundle::text("").with_png([9]), Some("two"), true);
        assert_eq!(
            names(folder.path()),
            ["figure-01.svg", "figure-02.png", "figure-03.svg"]
        );
        let first = std::fs::read_to_string(folder.path().join("figure-01.svg")).unwrap();
        assert_eq!(first, "last");
    }

    #[test]
    fn a_second_run_leaves_no_figure_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "figure-01.svg",
            "figure-117.png",
            "figure-1.txt",
            "figure-.svg",
            "mine.svg",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        FileHost::new(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["figure-.svg", "figure-1.txt", "mine.svg"]);
        let file = folder.path().join("mine.svg");
        assert!(FileHost::new(&file).is_err(), "a file is no folder");
    }
}
