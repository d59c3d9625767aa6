//! What a learner reads of layers for images that do not fit.

use super::message;
use dl_core::prelude::*;
use insta::assert_snapshot;

#[test]
fn of_layers_for_images() {
    let image = || Sequential::new([28, 28, 1]);
    let messages = [
        message(|| Sequential::new([784]).add(Conv2D::new(8, 3))),
        message(|| image().add(Conv2D::new(0, 3))),
        message(|| image().add(Conv2D::new(8, 29))),
        message(|| image().add(Conv2D::new(8, 3).stride(0))),
        message(|| image().add(Conv2D::new(usize::MAX, 3))),
        message(|| image().add(Conv2D::new(8, [usize::MAX, 2]).padding(Same))),
        message(|| image().add(Conv2DTranspose::new(0, 3))),
        message(|| image().add(Conv2DTranspose::new(8, 3).stride(usize::MAX))),
        message(|| image().add(MaxPool2D::new(0))),
        message(|| image().add(MaxPool2D::new([2, 3]))),
        message(|| image().add(AvgPool2D::new(30))),
        message(|| Sequential::new([0, 3, 1]).add(GlobalAvgPool2D::new())),
        message(|| image().add(UpSampling2D::new(0))),
        message(|| image().add(ZeroPadding2D::new(usize::MAX))),
    ];
    assert_snapshot!(messages.join("\n\n"), @"
    Conv2D: samples of shape [784] are no images
    hint: images are [height, width, channels]: Sequential::new([28, 28, 1])

    Conv2D: a layer of 0 filters has no output
    hint: give at least one filter: Conv2D::new(1, 3)

    Conv2D: a window of 29 x 29 pixels over images of 28 x 28
    hint: take a smaller window, larger images, or Padding::Same

    Conv2D: a window of 3 x 3 pixels, moved by 0
    hint: the window and its stride are at least 1

    Conv2D: 18446744073709551615 filters of 3 x 3 pixels are more weights than can be counted
    hint: filters are small: 3 x 3 or 5 x 5 pixels, 8 to 512 of them

    Conv2D: 8 filters of 18446744073709551615 x 2 pixels are more weights than can be counted
    hint: filters are small: 3 x 3 or 5 x 5 pixels, 8 to 512 of them

    Conv2DTranspose: a layer of 0 filters has no output
    hint: give at least one filter: Conv2DTranspose::new(1, 3)

    Conv2DTranspose: images of 28 x 28 times 18446744073709551615 are too large
    hint: a stride of 2 doubles height and width

    MaxPool2D: a window of 0 x 0 pixels, moved by 0
    hint: the window and its stride are at least 1

    MaxPool2D: windows of 2 x 3 pixels and no stride
    hint: say how far apart windows are that are not square: .stride(2)

    AvgPool2D: a window of 30 x 30 pixels over images of 28 x 28
    hint: take a smaller window, larger images, or Padding::Same

    GlobalAvgPool2D: images of 0 x 3 pixels have no mean
    hint: give images of at least one pixel

    UpSampling2D: images of 28 x 28 pixels, repeated 0 x 0 times
    hint: a factor of 2 doubles height and width

    ZeroPadding2D: 18446744073709551615 rows and 18446744073709551615 columns of zeros are more than can be counted
    hint: one or two rows are usual: ZeroPadding2D::new(1)
    ");
}

/// Settings without sense must end in a message or work, never in a loop or a wrap-around.
#[test]
fn strange_settings_still_work() {
    let image = Tensor::ones([1, 4, 5, 2]);
    let far = Sequential::new([4, 5, 2])
        .add(Conv2D::new(3, 2).stride(usize::MAX))
        .add(MaxPool2D::new(usize::MAX).padding(Same));
    assert_eq!(far.output_shape(), [1, 1, 3]);
    assert_eq!(far.predict(&image).expect("predicts").shape(), [1, 1, 1, 3]);
}
