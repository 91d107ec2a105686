package io.spop.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.ConverterNotFoundException;
import org.springframework.core.convert.TypeDescriptor;

/**
 * The conversions of the application: those of its own {@link ConversionService} beans,
 * and those of Spring Boot's with the converters and formatters that are beans.
 *
 * @param services the services in their order; the first that can convert a value does it
 */
record HandlerConversionService(List<ConversionService> services) implements ConversionService {

	/**
	 * The beans of Spring MVC, WebFlux and Integration, which are not used here: they do
	 * not convert a Duration such as 10s, as Spring Boot's does.
	 */
	private static final Set<String> FOR_OTHERS = Set.of("mvcConversionService", "webFluxConversionService",
			"integrationConversionService");

	static ConversionService of(ListableBeanFactory beanFactory) {
		ApplicationConversionService own = new ApplicationConversionService();
		ApplicationConversionService.addBeans(own, beanFactory);
		List<ConversionService> services = new ArrayList<>();
		services.add(own);
		beanFactory.getBeansOfType(ConversionService.class)
			.forEach((name, service) -> services.add(FOR_OTHERS.contains(name) ? services.size() : 0, service));
		return (services.size() > 1) ? new HandlerConversionService(services) : own;
	}

	@Override
	public boolean canConvert(@Nullable Class<?> sourceType, Class<?> targetType) {
		return canConvert((sourceType != null) ? TypeDescriptor.valueOf(sourceType) : null,
				TypeDescriptor.valueOf(targetType));
	}

	@Override
	public boolean canConvert(@Nullable TypeDescriptor sourceType, TypeDescriptor targetType) {
		return this.services.stream().anyMatch((service) -> service.canConvert(sourceType, targetType));
	}

	@Override
	public <T> @Nullable T convert(@Nullable Object source, Class<T> targetType) {
		return targetType.cast(convert(source, TypeDescriptor.forObject(source), TypeDescriptor.valueOf(targetType)));
	}

	@Override
	public @Nullable Object convert(@Nullable Object source, @Nullable TypeDescriptor sourceType,
			TypeDescriptor targetType) {
		for (ConversionService service : this.services) {
			if (service.canConvert(sourceType, targetType)) {
				return service.convert(source, sourceType, targetType);
			}
		}
		throw new ConverterNotFoundException(sourceType, targetType);
	}

}
