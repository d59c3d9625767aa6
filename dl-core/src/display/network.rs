//! A model as a drawing: what is drawn of it, and the same as text. How it is drawn: `drawing`.

use super::card::number;
use super::scale::Scale;
use super::{MimeBundle, Show};
use crate::error::Result;
use crate::model::{Sequential, with_commas};
use crate::tensor::Tensor;

mod drawing;

/// A layer of more neurons shows `FEW` of them.
const MOST_NEURONS: usize = 8;
const FEW: usize = 7;
/// A network of at most so many weights has their numbers at the lines.
const READABLE: usize = 16;

/// Neurons or images that stand above each other: the sample, or what a layer gives.
#[derive(Clone, Debug)]
struct Column {
    /// Names of the layers that end here.
    names: Vec<String>,
    /// The shape of one sample here.
    shape: Vec<usize>,
    /// `[before, here]`, where every neuron sees every one of the column before.
    weights: Option<Tensor>,
    bias: Option<Tensor>,
}

impl Column {
    /// The neurons here, unless it is images or sequences.
    fn neurons(&self) -> Option<usize> {
        match self.shape[..] {
            [count] => Some(count),
            _ => None,
        }
    }

    /// How many neurons are drawn, and how many are not.
    fn drawn(&self) -> (usize, usize) {
        match self.neurons() {
            Some(count) if count > MOST_NEURONS => (FEW, count - FEW),
            Some(count) => (count, 0),
            None => (0, 0),
        }
    }

    /// `784 neurons`, `26 x 26 x 32`.
    fn size(&self) -> String {
        match self.shape[..] {
            [count] => with_commas(count),
            _ => self
                .shape
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(" x "),
        }
    }
}

/// A model as a drawing; made by [`network_diagram`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([2]).add(Dense::new(3).activation(ReLU)).add(Dense::new(1));
/// assert!(network_diagram(&model)?.show().plain().contains("2 - 3 - 1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NetworkDiagram {
    columns: Vec<Column>,
    parameters: usize,
}

/// The model as a drawing: a column of neurons for the sample and for each layer, a line for each weight of a `Dense`
/// layer. Orange lines are weights above 0, blue and dashed ones below; a stronger line is a larger weight, compared with
/// the largest of its layer. The colour and number in a neuron is its bias. Wide layers show their first neurons; layers
/// of images, and of sequences, are boxes with their shape.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([2]).add(Dense::new(4).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
/// network_diagram(&model)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model has no layers.
pub fn network_diagram(model: &Sequential) -> Result<NetworkDiagram> {
    model.inside("network_diagram", 0)?;
    let column = |names, shape: &[usize], weights, bias| Column {
        names,
        shape: shape.to_vec(),
        weights,
        bias,
    };
    let mut columns = vec![column(vec!["input".to_string()], model.input_shape(), None, None)];
    for layer in model.insides() {
        let last = columns.last_mut().expect("the input is one");
        let dense = layer.kind == "Dense" && last.neurons().is_some();
        // What keeps the neurons where they are belongs to the column that is there.
        if layer.shapes[0] == layer.shapes[1] && !dense && layer.kind != "Embedding" {
            last.names.push(layer.name.to_string());
            continue;
        }
        let weight = |name: &str| layer.weight(name).filter(|_| dense).map(Tensor::detach);
        columns.push(column(
            vec![layer.name.to_string()],
            layer.shapes[1],
            weight("kernel"),
            weight("bias"),
        ));
    }
    Ok(NetworkDiagram {
        columns,
        parameters: model.weights().iter().map(Tensor::len).sum(),
    })
}

impl NetworkDiagram {
    /// `2 - 4 - 1`.
    fn title(&self) -> String {
        let sizes: Vec<String> = self.columns.iter().map(Column::size).collect();
        let mut all = sizes.join(" - ");
        if all.chars().count() > 50 {
            all = format!("{} - … - {}", sizes[0], sizes[sizes.len() - 1]);
        }
        format!("{all}, {} parameters", with_commas(self.parameters))
    }

    fn weights(&self) -> usize {
        self.columns
            .iter()
            .filter_map(|column| column.weights.as_ref())
            .map(Tensor::len)
            .sum()
    }

    /// A line for each layer; the weights of each neuron where there are few.
    fn text(&self) -> String {
        let mut lines = vec![format!("Network {}", self.title())];
        let few = self.weights() <= READABLE;
        for column in &self.columns {
            let what = if column.neurons() == Some(1) {
                "neuron"
            } else {
                "neurons"
            };
            let what = if column.neurons().is_some() { what } else { "" };
            let mut line = format!("  {}: {} {what}", column.names.join(", "), column.size());
            for (name, weights) in [("weights", &column.weights), ("biases", &column.bias)] {
                if let Some(weights) = weights {
                    let [low, high] = Scale::rising(&weights.values()).ends().map(number);
                    line.push_str(&format!(", {name} {low} to {high}"));
                }
            }
            lines.push(line.trim_end().to_string());
            if let (true, Some(weights)) = (few, &column.weights) {
                let (values, count) = (weights.values(), weights.shape()[1]);
                for neuron in 0..count {
                    let of_neuron = values.iter().skip(neuron).step_by(count);
                    let terms: Vec<String> = of_neuron.map(|&weight| number(weight.into())).collect();
                    let bias = column.bias.as_ref().map_or(0.0, |bias| bias.values()[neuron]);
                    let bias = number(bias.into());
                    lines.push(format!(
                        "    neuron {neuron}: weights {}, bias {bias}",
                        terms.join(" ")
                    ));
                }
            }
        }
        lines.join("\n")
    }
}

impl Show for NetworkDiagram {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(self.text()).with_svg(self.svg())
    }
}
