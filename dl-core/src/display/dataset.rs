//! A data set at a glance: how much there is, of what shape, of which classes.

use super::axes::extent;
use super::card::number;
use super::images::are_images;
use super::table::Table;
use super::{MimeBundle, Show, show_images};
use crate::data::{Dataset, Scaler, samples};
use crate::tensor::Tensor;

/// Samples, or pictures, that are shown.
const FEW: usize = 10;

impl Show for Dataset {
    /// Sizes, ranges and classes as a table, and a few samples.
    fn show(&self) -> MimeBundle {
        let count = self.len();
        let caption = samples(count);
        let mut rows = vec![("x", describe(&self.x)), ("y", describe(&self.y))];
        if !self.features.is_empty() {
            rows.push(("columns", self.features.join(", ")));
        }
        if !self.classes.is_empty() {
            rows.push(("classes", self.classes.join(", ")));
        }
        if let Some(counts) = class_counts(self) {
            rows.push(("of each class", counts));
        }
        let mut table = Table::new();
        let mut plain = vec![caption.clone()];
        for (name, text) in rows {
            plain.push(format!("  {name}: {text}"));
            table.text([name.to_string(), text]);
        }
        let mut html = table.finish(&caption);
        if count > 0 && are_images(&self.x) {
            let pictures = show_images(self, FEW).show();
            html.push_str(pictures.get("image/svg+xml").unwrap_or_default());
        } else if count > 0 && self.x.rank() == 2 {
            let few = self.take(FEW / 2);
            plain.push("  first samples:".to_string());
            plain.extend(few.x.to_string().lines().map(|line| format!("    {line}")));
            html.push_str(few.x.show().get("text/html").unwrap_or_default());
        }
        MimeBundle::text(plain.join("\n")).with_html(html)
    }
}

impl Show for Scaler {
    /// Means and standard deviations, column by column.
    fn show(&self) -> MimeBundle {
        let (mean, deviation) = self.statistics();
        let rows = [("mean", mean), ("deviation", deviation)];
        let line = |(name, values): (&str, Tensor)| format!("{name} {values}");
        let html = rows.clone().map(|(name, values)| {
            let table = values.show();
            format!("<div>{name}</div>{}", table.get("text/html").unwrap_or_default())
        });
        MimeBundle::text(rows.map(line).join("\n")).with_html(html.concat())
    }
}

/// Shape and range of a tensor's numbers.
pub(super) fn describe(tensor: &Tensor) -> String {
    if tensor.is_empty() {
        return format!("shape {:?}", tensor.shape());
    }
    let values = tensor.values();
    let mut text = format!("shape {:?}", tensor.shape());
    if let Some((low, high)) = extent(values.iter().copied().map(f64::from)) {
        text.push_str(&format!(", from {} to {}", number(low), number(high)));
    }
    match values.iter().filter(|value| !value.is_finite()).count() {
        0 => text,
        count => format!("{text}, {count} NaN or infinite"),
    }
}

/// How many samples each class has, where the targets are classes.
fn class_counts(data: &Dataset) -> Option<String> {
    const MOST_CLASSES: usize = 30;
    if data.is_empty() || data.y.len() != data.len() {
        return None;
    }
    let classes = data
        .y
        .class_indices("show", data.classes.len().max(MOST_CLASSES))
        .ok()?;
    let mut counts = vec![0; data.classes.len().max(classes.iter().max()? + 1)];
    for class in classes {
        counts[class] += 1;
    }
    Some(counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}
