//! The white card that every picture is drawn on, as SVG: text, rectangles, embedded pictures.
//!
//! JupyterLab puts an SVG output into an `<img>`: its text cannot inherit the colour of the page, and
//! `prefers-color-scheme` asks the operating system, not Lab's theme. So a picture brings its own ground: dark ink on white
//! reads the same in a light and a dark theme, in exported HTML and on paper.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::palette::{Color, FAINT, INK, hex};

/// No picture is wider, in pixels: an exported page cuts off what is, and an A4 sheet leaves so much beside the prompts.
pub(super) const WIDEST: f64 = 664.0;

/// The outline of pictures that may be as white as the card.
pub(super) const FAINT_EDGE: &str = "#9a9a9a";

/// Which point of a text its position names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set. Sizes are in pixels.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f64,
    pub(super) color: &'static str,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
}

pub(super) const TITLE: Style = Style {
    size: 15.0,
    color: INK,
    bold: true,
    anchor: Anchor::Start,
};
pub(super) const TEXT: Style = Style {
    size: 13.0,
    color: INK,
    bold: false,
    anchor: Anchor::Start,
};
pub(super) const NOTE: Style = Style { color: FAINT, ..TEXT };

impl Style {
    pub(super) fn at(self, anchor: Anchor) -> Style {
        Style { anchor, ..self }
    }
}

/// A picture in the making. Lengths are in pixels from the upper left corner.
pub(super) struct Card {
    width: f64,
    height: f64,
    body: String,
}

impl Card {
    pub(super) fn new(width: f64, height: f64) -> Card {
        Card {
            width,
            height,
            body: String::new(),
        }
    }

    /// One line of text; `y` is its base line.
    pub(super) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.push(&text_line(x, y, style, text));
    }

    /// One line of text that ends at (x, y), coming up to it from the lower left.
    pub(super) fn slanted(&mut self, x: f64, y: f64, style: Style, text: &str) {
        let line = text_line(0.0, 0.0, style.at(Anchor::End), text);
        let (x, y) = (short(x), short(y));
        self.push(&format!(
            "<g transform=\"translate({x} {y}) rotate(-45)\">{line}</g>\n"
        ));
    }

    /// A filled rectangle.
    pub(super) fn rect(&mut self, [x, y, width, height]: [f64; 4], fill: Color) {
        let [x, y, width, height] = [x, y, width, height].map(short);
        let fill = hex(fill);
        self.push(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>\n"
        ));
    }

    /// The outline of a rectangle, drawn inside of it.
    pub(super) fn frame(&mut self, [x, y, width, height]: [f64; 4], thick: f64, color: &str) {
        let half = thick / 2.0;
        let [x, y, width, height] = [x + half, y + half, width - thick, height - thick].map(short);
        let thick = short(thick);
        self.push(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{thick}\"/>\n"
        ));
    }

    /// A straight line; `dashed` tells it from others without colour.
    pub(super) fn line(&mut self, [from, to]: [(f64, f64); 2], thick: f64, color: &str, dashed: bool) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(short);
        let (thick, dash) = (
            short(thick),
            if dashed { " stroke-dasharray=\"5 3\"" } else { "" },
        );
        self.push(&format!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{color}\" stroke-width=\"{thick}\"{dash}/>\n"
        ));
    }

    /// A filled disc with an outline.
    pub(super) fn disc(&mut self, (x, y): (f64, f64), radius: f64, fill: Color, outline: &str) {
        let [x, y, radius] = [x, y, radius].map(short);
        let fill = hex(fill);
        self.push(&format!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{outline}\" stroke-width=\"1.5\"/>\n"
        ));
    }

    /// A PNG file stretched over a rectangle: with soft transitions, or pixel by pixel.
    pub(super) fn image(&mut self, place: [f64; 4], png: &[u8], smooth: bool) {
        let picture = image(place, png, smooth);
        self.push(&picture);
    }

    /// Elements drawn elsewhere, moved to (`x`, `y`).
    pub(super) fn group(&mut self, x: f64, y: f64, elements: &str) {
        let (x, y) = (short(x), short(y));
        self.push(&format!("<g transform=\"translate({x} {y})\">\n{elements}</g>\n"));
    }

    /// The whole SVG; `title` is what a screen reader says.
    pub(super) fn finish(self, title: &str) -> String {
        let (width, height) = (short(self.width.ceil()), short(self.height.ceil()));
        let (title, body) = (escape(title), self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"Helvetica, Arial, sans-serif\" \
             style=\"max-width:100%;height:auto\">\n<title>{title}</title>\n\
             <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
    }
}

/// A `<text>` element; see [`Card::text`].
pub(super) fn text_line(x: f64, y: f64, style: Style, text: &str) -> String {
    let anchor = match style.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
    let (size, color, text) = (short(style.size), style.color, escape(text));
    let (x, y) = (short(x), short(y));
    format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\"{anchor}{weight}>{text}</text>\n")
}

/// An `<image>` element; see [`Card::image`].
pub(super) fn image([x, y, width, height]: [f64; 4], png: &[u8], smooth: bool) -> String {
    let [x, y, width, height] = [x, y, width, height].map(short);
    let rendering = if smooth {
        ""
    } else {
        " style=\"image-rendering:pixelated\""
    };
    let data = STANDARD.encode(png);
    format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\"{rendering} \
         href=\"data:image/png;base64,{data}\"/>\n"
    )
}

/// A length with at most two decimals: a hundredth of a pixel cannot be seen.
pub(super) fn short(length: f64) -> String {
    match without_end_zeros(&format!("{length:.2}")) {
        "-0" => "0".to_string(),
        text => text.to_string(),
    }
}

/// Text that is safe inside an XML or HTML element or attribute. Control characters have no place in either.
pub(super) fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut safe, letter| {
            match letter {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '"' => safe.push_str("&quot;"),
                '\'' => safe.push_str("&#39;"),
                letter if letter.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&letter) => {
                    safe.push(' ');
                }
                letter => safe.push(letter),
            }
            safe
        })
}

/// About how wide a text is: there is no font here to ask.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

/// The width of the widest text.
pub(super) fn widest_text(texts: &[String], size: f64) -> f64 {
    texts
        .iter()
        .map(|text| text_width(text, size))
        .fold(0.0, f64::max)
}

/// The text in lines of at most this width, broken after commas; at least one line.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(", ") {
        let last = lines.last_mut().expect("there is a line");
        if !last.is_empty() && text_width(&format!("{last}{part}"), size) > width {
            lines.push(part.to_string());
        } else {
            last.push_str(part);
        }
    }
    lines
}

/// The text, shortened with an ellipsis to at most `letters`.
pub(super) fn shorten(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_string();
    }
    let mut cut: String = text.chars().take(letters.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A number for a label or a table: up to four significant digits, no trailing zeros, scientific where it must be.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if !(1e-4..1e6).contains(&size) {
        let text = format!("{value:.3e}");
        let (digits, exponent) = text.split_once('e').expect("scientific notation has an exponent");
        return format!("{}e{exponent}", without_end_zeros(digits));
    }
    let decimals = (3.0 - size.log10().floor()).max(0.0) as usize;
    without_end_zeros(&format!("{value:.decimals$}")).to_string()
}

/// A number without the zeros that end its decimals, nor a point that nothing follows.
fn without_end_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [
            0.0,
            -0.0,
            1.0,
            0.1,
            1.0 / 3.0,
            12_345.678,
            1e6,
            2.5e-7,
            -0.05,
            100.0,
            f64::NAN,
            f64::INFINITY,
        ];
        let texts: Vec<String> = numbers.iter().map(|&value| number(value)).collect();
        insta::assert_snapshot!(texts.join(" "), @"0 0 1 0.1 0.3333 12346 1e6 2.5e-7 -0.05 100 NaN inf");
        assert_eq!(
            (short(1.0), short(1.255), short(-0.001), short(100.0)),
            ("1".into(), "1.25".into(), "0".into(), "100".into())
        );
    }

    #[test]
    fn long_lines_break_after_a_comma() {
        assert_eq!(wrapped("", 10.0, 50.0), [""]);
        assert_eq!(wrapped("ab, cd", 10.0, 500.0), ["ab, cd"]);
        assert_eq!(
            wrapped("loss 1, accuracy 2, speed", 10.0, 60.0),
            ["loss 1, ", "accuracy 2, ", "speed"]
        );
        assert_eq!(wrapped("one-long-word, b", 10.0, 20.0), ["one-long-word, ", "b"]);
    }

    #[test]
    fn text_cannot_break_out_of_its_element() {
        let mut card = Card::new(10.0, 10.0);
        card.text(0.0, 0.0, TEXT, "</text><script a='1'>&\u{1b}");
        let svg = card.finish("a < \"b\"");
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert!(
            document
                .descendants()
                .any(|node| node.text() == Some("</text><script a='1'>& "))
        );
        assert_eq!(shorten("Ankle boot", 6), "Ankle…");
    }
}
