//! Data sets: loading, generating, splitting, preparing. Nothing here fetches anything from a network;
//! `install/data.sh` does that before a course begins.

mod bundled;
mod csv_file;
mod dataset;
mod file;
mod foreign_weights;
mod generate;
mod idx;
mod image_sets;
mod numbers;
mod numpy;
mod pictures;
mod sequences;
mod sign_language;
mod table;
mod tokenizer;

pub use bundled::{alice, digits, iris, wine};
pub use csv_file::{Csv, read_csv};
pub(crate) use dataset::samples;
pub use dataset::{Batches, Dataset, Scaler, one_hot};
pub(crate) use file::replace;
pub use foreign_weights::read_weights;
pub use generate::{blobs, checkerboard, circles, moons, seasonal, sine, spirals, xor};
pub use image_sets::{fashion_mnist, fashion_mnist_sample, image_sets, mnist, mnist_sample};
pub use numpy::{read_npy, read_npz, write_npy};
pub use pictures::{image_folder, read_image, resize, to_gray};
pub use sequences::{Side, pad_sequences, sample_token, token_windows, windows};
pub use sign_language::sign_language;
pub(crate) use table::Column;
pub use table::Table;
pub use tokenizer::Tokenizer;
