//! Tensors, gradients, layers, training, data and displays for teaching deep learning.
//!
//! This crate knows nothing of Jupyter: what it shows it hands to a [`display::Host`], which prints text in a plain
//! program and is replaced by the notebook's prelude inside a kernel.
