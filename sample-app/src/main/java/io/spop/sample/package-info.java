/**
 * An application that scores clients and logs requests for HAProxy.
 */
@NullMarked
package io.spop.sample;

import org.jspecify.annotations.NullMarked;
