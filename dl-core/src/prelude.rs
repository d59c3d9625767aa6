//! Every name a notebook has in scope without an import.

pub use crate::callbacks::{CsvLog, EarlyStopping, LearningRateSchedule, ModelCheckpoint, ReduceLROnPlateau};
pub use crate::data::{
    Batches, Csv, Dataset, Scaler, Side, Table, Tokenizer, alice, blobs, checkerboard, circles, digits,
    fashion_mnist, fashion_mnist_sample, image_folder, iris, mnist, mnist_sample, moons, one_hot,
    pad_sequences, read_csv, read_image, read_npy, read_npz, read_weights, resize, sample_token, seasonal,
    sign_language, sine, spirals, to_gray, token_windows, windows, wine, write_npy, xor,
};
pub use crate::device::Device;
pub use crate::display::{
    Chart, Live, MimeBundle, Show, activation_histograms, all_feature_maps, classification_report, compare,
    confusion_matrix, convolution_window, decision_surface, device_info, display, display_live, feature_maps,
    filters, find_learning_rate, gradient_sizes, heatmap, input, network_diagram, password, plot,
    plot_series, pooling_window, scatter, show_augmented, show_images, show_pairs, weight_histograms,
};
pub use crate::error::Error;
pub use crate::gradients::Gradients;
pub use crate::layers::ActivationFunction::{self, ELU, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh};
pub use crate::layers::Initialiser::{
    self, Constant, GlorotUniform, HeNormal, Orthogonal, TruncatedNormal, Uniform, Zeros,
};
pub use crate::layers::Penalty::{self, L1, L1L2, L2};
pub use crate::layers::{
    Activation, BatchNorm, Dense, Dropout, Embedding, Flatten, GRU, LSTM, Layer, LayerNorm, Maxout, Pass,
    Reshape, SimpleRNN, Weight,
};
pub use crate::layers::{
    AvgPool2D, Conv2D, Conv2DTranspose, GlobalAvgPool2D, MaxPool2D, UpSampling2D, ZeroPadding2D,
};
pub use crate::layers::{
    FillMode, RandomBrightness, RandomChannelShift, RandomFlip, RandomPerspective, RandomRotation,
    RandomTranslation, RandomZoom,
};
pub use crate::losses::{
    BinaryCrossentropy, CategoricalCrossentropy, Hinge, Huber, KLDivergence, Loss, MeanAbsoluteError,
    MeanSquaredError, MeanSquaredLogarithmicError, SparseCategoricalCrossentropy, SquaredHinge,
};
pub use crate::metrics::Metric::{self, AUC, Accuracy, F1, MAE, Precision, RMSE, Recall, TopK};
pub use crate::model::{Callback, Fit, History, Progress, Scores, Sequential, Summary};
pub use crate::optimizers::{
    Adadelta, Adagrad, Adam, AdamW, CosineDecay, ExponentialDecay, LearningRate, Optimizer,
    PiecewiseConstantDecay, RMSprop, SGD, Schedule, WarmUp,
};
pub use crate::random::seed;
pub use crate::tensor;
pub use crate::tensor::Padding::{self, Same, Valid};
pub use crate::tensor::{Conv, Tensor};
