//! The figures of the crate plotters for notebooks: drawn as SVG, written as text between two marks that only notebooks of one kind
//! know. Here they show themselves like everything else.

use plotters::evcxr::SVGWrapper;

use super::{MimeBundle, Show};

impl Show for SVGWrapper {
    fn show(&self) -> MimeBundle {
        // The crate gives its picture away only in this form: a mark, `<div style="...">`, the picture, `</div>`, a mark.
        let written = format!("{self:?}");
        let part = |from: &str, to: &str| {
            let start = written.find(from)?;
            let end = written.rfind(to)? + to.len();
            written.get(start..end)
        };
        let bundle = MimeBundle::text("a figure");
        let bundle = match part("<svg", "</svg>") {
            Some(svg) => bundle.with_svg(svg),
            None => bundle,
        };
        match part("<div", "</div>") {
            // A style is for the frame around the picture.
            Some(framed) if !framed.starts_with("<div style=\"\"") => bundle.with_html(framed),
            _ => bundle,
        }
    }
}

#[cfg(test)]
mod tests {
    use plotters::prelude::*;

    use super::*;

    #[test]
    fn a_figure_is_its_picture_and_the_frame_that_was_asked_for() {
        let draw = |style: Option<&str>| {
            let figure = evcxr_figure((40, 30), |root| Ok(root.fill(&RED)?));
            match style {
                Some(style) => figure.style(style).show(),
                None => figure.show(),
            }
        };
        let form = |bundle: &MimeBundle, wanted: &str| {
            let mut forms = bundle.iter().filter(|(mime, _)| *mime == wanted);
            forms.next().map(|(_, content)| content.to_owned())
        };
        let plain = draw(None);
        let svg = form(&plain, "image/svg+xml").expect("a picture");
        assert!(
            svg.starts_with("<svg width=\"40\" height=\"30\"") && svg.ends_with("</svg>"),
            "{svg}"
        );
        assert_eq!(form(&plain, "text/html"), None);
        let framed = form(&draw(Some("width:50%")), "text/html").expect("a frame");
        assert!(
            framed.starts_with("<div style=\"width:50%\"><svg") && framed.ends_with("</svg>\n</div>"),
            "{framed}"
        );
    }
}
