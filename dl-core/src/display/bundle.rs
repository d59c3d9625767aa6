//! One shown value in several forms, keyed by MIME type. The front end picks the richest form it can draw.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Show;

const PLAIN: &str = "text/plain";
const HTML: &str = "text/html";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// One value in several forms: plain text always, and any of SVG, PNG and HTML.
///
/// ```
/// use dl_core::display::MimeBundle;
///
/// let bundle = MimeBundle::text("two").with_html("<b>2</b>");
/// assert_eq!(bundle.plain(), "two");
/// let kinds: Vec<&str> = bundle.iter().map(|(mime, _)| mime).collect();
/// assert_eq!(kinds, ["text/plain", "text/html"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeBundle {
    /// `text/plain` first, then the others in the order they were added; no type twice.
    forms: Vec<(&'static str, String)>,
}

impl MimeBundle {
    /// A bundle of plain text, which every front end can show.
    pub fn text(plain: impl Into<String>) -> Self {
        Self {
            forms: vec![(PLAIN, plain.into())],
        }
    }

    /// Adds an SVG picture (the text of an `<svg>` element).
    #[must_use]
    pub fn with_svg(self, svg: impl Into<String>) -> Self {
        self.with(SVG, svg.into())
    }

    /// Adds a PNG picture (the bytes of a PNG file).
    #[must_use]
    pub fn with_png(self, file: impl AsRef<[u8]>) -> Self {
        self.with(PNG, STANDARD.encode(file))
    }

    /// Adds an HTML fragment. Text from elsewhere must be escaped by the caller.
    #[must_use]
    pub fn with_html(self, html: impl Into<String>) -> Self {
        self.with(HTML, html.into())
    }

    /// The plain text.
    pub fn plain(&self) -> &str {
        self.get(PLAIN).expect("every bundle is made with plain text")
    }

    /// The content of one MIME type, if the bundle has it; pictures other than SVG are base64.
    pub fn get(&self, mime: &str) -> Option<&str> {
        self.iter()
            .find(|(kind, _)| *kind == mime)
            .map(|(_, content)| content)
    }

    /// Every form as (MIME type, content), plain text first; pictures other than SVG are base64.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.forms.iter().map(|(mime, content)| (*mime, content.as_str()))
    }

    fn with(mut self, mime: &'static str, content: String) -> Self {
        self.forms.retain(|(kind, _)| *kind != mime);
        self.forms.push((mime, content));
        self
    }
}

impl Show for MimeBundle {
    fn show(&self) -> MimeBundle {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_held_once_and_pictures_are_base64() {
        let bundle = MimeBundle::text("a")
            .with_png([0x89, b'P'])
            .with_svg("<svg/>")
            .with_png([1, 2, 3]);
        let forms: Vec<_> = bundle.iter().collect();
        assert_eq!(forms, [(PLAIN, "a"), (SVG, "<svg/>"), (PNG, "AQID")]);
        assert_eq!(bundle.get(HTML), None);
    }
}
