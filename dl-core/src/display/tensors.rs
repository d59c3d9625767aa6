//! Several tensors at a glance, such as the weights of a model: their names, shapes and ranges instead of all their numbers.

use super::dataset::describe;
use super::table::Table;
use super::{MimeBundle, Show};
use crate::tensor::Tensor;

/// Tensors that are listed.
const MOST: usize = 100;

impl Show for Vec<Tensor> {
    /// One line for each: its place in the list, its shape, the range of its numbers.
    fn show(&self) -> MimeBundle {
        listed(
            self.iter()
                .enumerate()
                .map(|(place, tensor)| (place.to_string(), tensor)),
        )
    }
}

impl Show for Vec<(String, Tensor)> {
    /// One line for each: its name, its shape, the range of its numbers.
    fn show(&self) -> MimeBundle {
        listed(self.iter().map(|(name, tensor)| (name.clone(), tensor)))
    }
}

fn listed<'a>(tensors: impl ExactSizeIterator<Item = (String, &'a Tensor)>) -> MimeBundle {
    let count = tensors.len();
    let mut caption = format!("{count} tensor{}", if count == 1 { "" } else { "s" });
    if count > MOST {
        caption.push_str("; the first ones:");
    }
    let mut table = Table::new();
    let mut plain = vec![caption.clone()];
    for (name, tensor) in tensors.take(MOST) {
        let text = describe(tensor);
        plain.push(format!("  {name}: {text}"));
        table.text([name, text]);
    }
    MimeBundle::text(plain.join("\n")).with_html(table.finish(&caption))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;

    #[test]
    fn weights_are_a_list_of_shapes() {
        let weights = vec![tensor![[0.5, -1.0]], Tensor::zeros([300])];
        insta::assert_snapshot!(weights.show().plain(), @"
        2 tensors
          0: shape [1, 2], from -1 to 0.5
          1: shape [300], from 0 to 0
        ");
        let named = vec![("<b>".to_string(), tensor![f32::NAN, 1.0])];
        insta::assert_snapshot!(named.show().plain(), @"
        1 tensor
          <b>: shape [2], from 1 to 1, 1 NaN or infinite
        ");
        let html = named.show().get("text/html").unwrap_or_default().to_string();
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>:"));
        let many = vec![Tensor::zeros([1]); MOST + 1].show();
        assert_eq!(many.plain().lines().count(), MOST + 1);
        assert!(Vec::<Tensor>::new().show().plain().starts_with("0 tensors"));
    }
}
