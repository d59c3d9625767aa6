//! What a value looks like: [`Show`] turns it into a [`MimeBundle`], a [`Host`] puts it on the screen.
//!
//! This module draws and hands over; it does not know where the picture goes. In a notebook the host is the kernel's,
//! in a plain program it prints the text.

mod augmented;
mod axes;
mod bundle;
mod card;
mod chart;
mod columns;
mod comparison;
mod confusion;
mod dataset;
mod devices;
mod feature_maps;
mod file_host;
mod filters;
mod gradient_sizes;
mod heatmap;
mod histograms;
mod history;
mod host;
mod image_rows;
mod images;
mod learning_rate;
mod live;
mod marks;
mod mistakes;
mod mosaic;
mod network;
mod palette;
mod picture;
mod plotters_figure;
mod report;
mod scale;
mod sliding_window;
mod surface;
mod table;
mod tensor;
mod tensors;
mod text_chart;
mod training;

pub use augmented::{Augments, show_augmented};
pub use bundle::MimeBundle;
pub use chart::{Chart, Numbers, plot, plot_series, scatter};
pub use comparison::{Comparison, compare};
pub use confusion::{ConfusionMatrix, confusion_matrix};
pub use devices::{DeviceInfo, device_info};
pub use feature_maps::{AllFeatureMaps, FeatureMaps, all_feature_maps, feature_maps};
pub use file_host::FileHost;
pub use filters::{Filters, filters};
pub use gradient_sizes::{GradientSizes, gradient_sizes};
pub use heatmap::{HeatMap, heatmap};
pub use histograms::{Histograms, activation_histograms, weight_histograms};
pub use host::{Host, host, set_host};
pub use image_rows::{ImageRows, show_pairs};
pub use images::{ImageGrid, show_images};
pub use learning_rate::{LearningRates, find_learning_rate};
pub use live::{Live, display, display_live, input, password};
pub use mistakes::{Mistake, Mistakes};
pub use network::{NetworkDiagram, network_diagram};
pub use report::{ClassificationReport, classification_report};
pub use sliding_window::{SlidingWindow, convolution_window, pooling_window};
pub use surface::{DecisionSurface, decision_surface};
pub(crate) use training::training_display;

/// A value that can be looked at.
///
/// In a notebook, a value on the last line of a cell is shown through this trait. Implement it for a type of your own
/// to give it a picture.
///
/// ```
/// use dl_core::display::{MimeBundle, Show};
///
/// struct Grade(f32);
///
/// impl Show for Grade {
///     fn show(&self) -> MimeBundle {
///         MimeBundle::text(format!("{:.0} %", 100.0 * self.0))
///             .with_html(format!("<progress value=\"{}\"></progress>", self.0))
///     }
/// }
///
/// assert_eq!(Grade(0.75).show().plain(), "75 %");
/// ```
pub trait Show {
    /// The value in every form a front end may pick from; `text/plain` is always among them.
    fn show(&self) -> MimeBundle;
}
