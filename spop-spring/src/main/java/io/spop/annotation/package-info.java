/**
 * Annotations for methods that handle the messages of HAProxy.
 */
@NullMarked
package io.spop.annotation;

import org.jspecify.annotations.NullMarked;
