//! Layers that take images, for all tables of layers in the tests: pooling, padding and augmentation.

use dl_core::prelude::*;

/// One of each, or two where a setting changes what is computed.
pub fn on_images() -> Vec<Box<dyn Layer>> {
    vec![
        Box::new(MaxPool2D::new(2)),
        Box::new(MaxPool2D::new(3).stride(2).padding(Same)),
        Box::new(AvgPool2D::new(2)),
        Box::new(AvgPool2D::new(3).stride(2).padding(Same)),
        Box::new(GlobalAvgPool2D::new()),
        Box::new(UpSampling2D::new([2, 3])),
        Box::new(ZeroPadding2D::new([1, 2])),
        Box::new(RandomFlip::new()),
        Box::new(RandomRotation::new(0.3)),
        Box::new(RandomZoom::new(0.4).fill(FillMode::Wrap)),
        Box::new(RandomTranslation::new(0.3, 0.4).fill(FillMode::Constant(0.5))),
        Box::new(RandomPerspective::new(0.4).fill(FillMode::Nearest)),
        Box::new(RandomBrightness::new(0.2).value_range(-9.0, 9.0)),
        Box::new(RandomChannelShift::new(0.2).value_range(-9.0, 9.0)),
    ]
}
